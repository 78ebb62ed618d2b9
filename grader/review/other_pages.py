"""The pages beside the queue: rubric, search, reports, requests, second opinions."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from grader.course.bookkeeping.commands import brought_up_to_date
from grader.errors import GraderError
from grader.gradebook.tables import Attempt
from grader.review import regrading, rubric
from grader.review.agreement import agreements
from grader.review.office import Form, Office, identifier, number, required_points, see
from grader.review.reporting import notebook_of, report, sources
from grader.review.searching import Question, known_mistakes, search
from grader.review.security import REPORT_HEADERS


def edit_rubric(office: Office, request: Request, form: Form) -> Response:
    """Show the rubric items of an item's check, or change them."""
    key = request.path_params["key"]
    if request.method == "POST":
        with office.desk.book.writing() as session:
            view = office.desk.look(session)
            waiting = view.item(key).waiting
            if not form.get("id"):
                points = required_points(form)
                rubric.add(session, view.assignment, waiting, form.get("text", ""), points)
                return see(f"/item/{key}/rubric")
            changed = rubric.rubric_item(session, view.assignment, waiting, identifier(form["id"]))
            if form.get("do") == "edit":
                rubric.edit(changed, waiting, form.get("text", ""), required_points(form))
            else:
                changed.retired = form.get("do") == "retire"
        return see(f"/item/{key}/rubric")
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        item = view.item(key)
        return office.page(
            "rubric.html",
            session,
            view,
            item=item,
            rubric=rubric.rubric_of(session, view.assignment, item.waiting),
            retired=rubric.retired_of(session, view.assignment, item.waiting),
        )


def find(office: Office, request: Request, _form: Form) -> Response:
    """Search."""
    asked = Question(
        text=request.query_params.get("text", "").strip(),
        check=request.query_params.get("check", ""),
        mistake=request.query_params.get("mistake", ""),
        # By name nobody is to be found by whoever must not know the names.
        student=request.query_params.get("student", "").strip() if office.desk.names else "",
    )
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        return office.page(
            "search.html",
            session,
            view,
            asked=asked,
            found=search(view, asked) if asked.asks else [],
            checks=list(view.checks),
            mistakes=known_mistakes(view),
        )


def show_report(office: Office, request: Request, _form: Form) -> Response:
    """Show a student's report beside the notebook."""
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        handed = view.attempt(request.path_params["key"])
        notebook = notebook_of(office.desk, session.get_one(Attempt, handed.id))
        cells = None if notebook is None else sources(office.desk, handed, notebook)
        return office.page("report.html", session, view, handed=handed, cells=cells)


def report_alone(office: Office, request: Request, _form: Form) -> Response:
    """Return a student's report, as the other pages have it in a frame."""
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        handed = view.attempt(request.path_params["key"])
        return HTMLResponse(report(session, office.desk, view, handed), headers=REPORT_HEADERS)


def show_requests(office: Office, request: Request, form: Form) -> Response:
    """Show the requests for a second look, or take one in."""
    if request.method == "POST":
        with office.desk.book.writing() as session:
            view = office.desk.look(session)
            student, text = form.get("student", ""), form.get("text", "")
            regrading.enter(session, view, student, form.get("check", ""), text)
        return see("/requests")
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        every = regrading.requests(session, view)
        return office.page(
            "requests.html",
            session,
            view,
            open=[each for each in every if each.row.answered_at is None],
            answered=[each for each in every if each.row.answered_at is not None],
            checks=regrading.known_checks(session, view),
        )


def answer_request(office: Office, request: Request, form: Form) -> Response:
    """Answer a request."""
    with office.desk.book.writing() as session:
        given = number(form, "points")
        asked = identifier(request.path_params["number"])
        regrading.answer(session, asked, form.get("answer", ""), given, office.desk.who)
        office.changed = True
    return see("/requests")


def second(office: Office, _request: Request, _form: Form) -> Response:
    """Show what waits for a second opinion, and how far graders agree."""
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        owed = [each for each in view.items if each.second]
        return office.page("second.html", session, view, owed=owed, every=agreements(view))


def write(office: Office, _request: Request, _form: Form) -> Response:
    """Write the reports anew, and say how it went."""
    office.changed = False
    try:
        told = list(brought_up_to_date(office.desk.book))
    except GraderError:
        office.changed = True
        raise
    with office.desk.book.reading() as session:
        return office.page("written.html", session, office.desk.look(session), told=told)
