"""The pages of the queue: what waits, one item after another, and what is decided of it."""

from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from grader.gradebook.decisions import STEP
from grader.gradebook.tables import Decision
from grader.review.deciding import all_equal, former_comments, give, last_of, take_back
from grader.review.items import GoneError, Item, View
from grader.review.locks import hold, release
from grader.review.office import Form, Office, identifier, required_points, see
from grader.review.rubric import rubric_item, rubric_of

# Checks that are worth more have a field for the points: a key each would be too many.
MOST_BUTTONS: Final = 9.5


def home(office: Office, request: Request, _form: Form) -> Response:
    """Show the checks, and how much of each waits."""
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        undone = _undone(session, request)
        return office.page("home.html", session, view, checks=view.checks, undone=undone)


def check(office: Office, request: Request, _form: Form) -> Response:
    """Show all items of a check."""
    name = request.query_params.get("of", "")
    with office.desk.book.reading() as session:
        view = office.desk.look(session)
        groups = view.groups(name)
        if not groups:
            raise GoneError(f"Nothing of a check {name!r} waits for a person.")
        return office.page(
            "check.html", session, view, name=name, groups=groups, begin=view.first(name)
        )


def first(office: Office, request: Request, _form: Form) -> Response:
    """Lead to the first item of a check that waits."""
    name = request.query_params.get("of", "")
    with office.desk.book.reading() as session:
        found = office.desk.look(session).first(name)
    return see(f"/item/{found.key}") if found is not None else see("/check", of=name)


def item(office: Office, request: Request, _form: Form) -> Response:
    """Show an item, and hold it and its equals from now on."""
    with office.desk.book.writing() as session:
        view = office.desk.look(session)
        shown = view.item(request.path_params["key"])
        group = view.group(shown)
        _leave(session, office, view, request, shown)
        hold(session, group.items if shown.waits else (), office.desk.who)
        session.flush()
        rubric = rubric_of(session, view.assignment, shown.waiting)
        return office.page(
            "item.html",
            session,
            view,
            item=shown,
            group=group,
            equal=all_equal(view, shown),
            groups=view.groups(shown.name),
            next=view.next(shown),
            previous=view.previous(shown),
            steps=_steps(shown),
            rubric=rubric,
            rubric_by_id={each.id: each for each in rubric},
            comments=former_comments(view, shown.name),
            undone=_undone(session, request),
            meanwhile="meanwhile" in request.query_params,
        )


def points(office: Office, request: Request, form: Form) -> Response:
    """Give an item its points, alone or with its equals, and lead to the next."""
    desk = office.desk
    seen = identifier(form.get("seen", "0"))
    with desk.book.writing() as session:
        view = desk.look(session)
        shown = view.item(request.path_params["key"])
        chosen = None
        if form.get("rubric"):
            chosen = rubric_item(
                session, view.assignment, shown.waiting, identifier(form["rubric"])
            )
        group = view.group(shown)
        items = all_equal(view, shown) if form.get("all") else [shown]
        give(
            session,
            items,
            required_points(form) if chosen is None else chosen.points,
            who=desk.who,
            comment=form.get("comment", "").strip(),
            rubric=chosen,
        )
        release(session, group.items, desk.who)
    office.changed = True
    # Both decisions are there: whoever made this one is to know of the other.
    if shown.last > seen:
        return see(f"/item/{shown.key}", meanwhile=1)
    rest = (each for each in group.items if each not in items and each.waits and not each.held_by)
    following = next(rest, None) or view.next(shown)
    if following is not None:
        return see(f"/item/{following.key}")
    return see("/second") if shown.second else see("/check", of=shown.name)


def hold_on(office: Office, request: Request, _form: Form) -> Response:
    """Go on holding what the page shows."""
    with office.desk.book.writing() as session:
        view = office.desk.look(session)
        shown = view.item(request.path_params["key"])
        hold(session, view.group(shown).items if shown.waits else (), office.desk.who)
    return Response(status_code=204)


def undo(office: Office, request: Request, _form: Form) -> Response:
    """Take back what this grader decided last, or the decision that is named."""
    named = request.path_params.get("number")
    with office.desk.book.writing() as session:
        view = office.desk.look(session)
        if named is None:
            decisions = last_of(session, view, office.desk.who)
        else:
            found = session.get(Decision, identifier(named))
            if found is None or found.attempt.assignment_id != view.assignment.id:
                raise GoneError("There is no such decision.")
            decisions = [found]
        if not decisions:
            return see("/")
        take_back(session, decisions, office.desk.who)
        office.changed = True
        place = (decisions[0].attempt_id, decisions[0].exercise, decisions[0].check_id)
        number = decisions[0].id
    back = view.at(*place)
    return see(f"/item/{back.key}" if back is not None else "/", undone=number)


def _leave(session: Session, office: Office, view: View, request: Request, shown: Item) -> None:
    """Let others have what the page held that leads to this one: htmx tells which it was."""
    path = urlsplit(request.headers.get("hx-current-url", "")).path
    key = path.removeprefix("/item/")
    left = view.maybe(key)
    if left is not None and left.key != shown.key:
        release(session, view.group(left).items, office.desk.who)


def _undone(session: Session, request: Request) -> Decision | None:
    text = request.query_params.get("undone", "")
    found = session.get(Decision, identifier(text)) if text else None
    return found if found is not None and found.undone_at is not None else None


def _steps(shown: Item) -> list[float]:
    """Return all points that an item can have, none where there are too many for buttons."""
    most = shown.waiting.max_points
    if most > MOST_BUTTONS:
        return []
    return [each * STEP for each in range(int(most / STEP) + 1)]
