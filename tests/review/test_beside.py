"""Beside the queue: reports, search, regrade requests and second opinions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.review.agreement import cohens_kappa
from grader.review.deciding import give
from tests.review.course import Course


def test_a_report_stands_beside_the_notebook(course: Course) -> None:
    """The whole report has the points that were given, and the cells are as they were run."""
    course.notebook("s002", "**why**\n\nIt doubles <b>all</b>.")
    maria = course.grader()
    item = maria.item("s002")
    maria.give(item, 1.5, comment="Nearly.")
    page = maria.get(f"/report/{item.report}")
    assert "It doubles &lt;b&gt;all&lt;/b&gt;." in page
    assert "return 2 * n" in page
    told = maria.get(f"/report/{item.report}/page")
    assert "Read by a person: 1.5 of 2 points. Nearly." in told
    assert f"<h1>{item.student}</h1>" in told


def test_another_notebook_in_its_place_is_not_shown(course: Course) -> None:
    """Neither what has changed since, nor what is gone: the page says so."""
    path = course.notebook("s002", "As it was.")
    maria = course.grader()
    path.write_text(path.read_text("utf-8").replace("As it was", "Otherwise"), "utf-8")
    page = maria.get(f"/report/{maria.item('s002').report}")
    assert "Otherwise" not in page
    assert "not there any more" in page
    assert "not there any more" in maria.get(f"/report/{maria.item('s003').report}")


def test_answers_are_found_by_what_they_say(course: Course) -> None:
    """Whatever the case and the spaces; by check and by known mistake as well."""
    course.hand_in(["It triples."], mistake="triples")
    maria = course.grader()
    assert "2 notebooks found" in maria.get("/search", text="N + n  IS", check="why.sum")
    assert "0 notebooks found" in maria.get("/search", text="nowhere")
    page = maria.get("/search", mistake="triples")
    assert "1 notebook found" in page
    assert maria.item("s004").key in page
    assert "<option>triples</option>" in maria.get("/search")


def test_a_request_is_answered_with_new_points(course: Course) -> None:
    """It is open until then; afterwards it stays with its answer and what was decided."""
    maria = course.grader()
    maria.give(maria.item("s002"), 1)
    page = maria.post("/requests", student="s002", check="why.sum", text="It does double.")
    assert "It does double." in page
    maria.post("/requests/1", 400, answer="", points="2")
    page = maria.post("/requests/1", answer="You are right.", points="2")
    assert "<b>Answer</b> by maria" in page
    assert course.grade("s002") == (4, 1)
    last = course.decisions()[-1]
    assert (last.comment, last.why) == ("You are right.", "regrade request 1")
    noor = course.grader("noor")
    page = noor.post("/requests/1", 400, answer="No.")
    assert "maria has answered this request already" in page
    assert "No." in page


def test_a_request_may_be_about_a_check_that_was_judged(course: Course) -> None:
    """What the grader decided can be given points, too; without points only words are kept."""
    course.hand_in(["It triples."], mistake="triples")
    maria = course.grader()
    maria.post("/requests", student="s004", check="double.doubles", text="I meant it.")
    maria.post("/requests", student="s003", text="All of it.")
    maria.post("/requests/1", answer="Some.", points="0.5")
    maria.post("/requests/2", answer="No.")
    maria.post("/requests", 400, student="nobody", text="Hm.")
    maria.post("/requests", 400, student="s003", check="why.nothing", text="Hm.")
    assert course.grade("s004") == (0.5, 3)
    assert len(course.decisions()) == 1


def test_a_sample_is_offered_blind_for_a_second_opinion(course: Course) -> None:
    """Nothing tells what the first grader gave until one's own points are in; they do not count."""
    maria = course.grader()
    for student in course.students:
        maria.give(maria.item(student), 1.5, comment="Not bad at all.")
    noor = course.grader("noor", share=1)
    item = noor.item("s002")
    assert item.second
    paths = ("/", "/check?of=why.sum", "/second", "/search?check=why.sum", f"/item/{item.key}")
    for path in (*paths, f"/report/{item.report}/page"):
        page = noor.get(path)
        assert "maria" not in page, path
        assert "Read by a person" not in page, path
        assert not any(each in page for each in ("1.5 point", "1.5 of")), path
    noor.give(item, 0.5)
    assert course.decisions()[-1].kind == "opinion"
    assert course.grade("s002") == (3.5, 1)
    assert "1.5 points</b> by maria" in noor.get(f"/item/{item.key}")
    page = noor.get("/second")
    assert "1.5 by maria, 0.5 by noor" in page
    assert not maria.item("s002").second


def test_the_sample_is_always_the_same(course: Course) -> None:
    """Two servers offer the same, about so many as were asked for, and never one's own."""
    course.hand_in([f"Answer {place}" for place in range(60)])
    maria = course.grader()
    view = maria.view()
    with maria.desk.book.writing() as session:
        give(session, view.checks["why.sum"], 1, who="maria", comment="", rubric=None)
    chosen = [
        {each.key for each in course.grader("noor", share=share).view().items if each.second}
        for share in (0.2, 0.2, 0.5)
    ]
    assert chosen[0] == chosen[1]
    assert chosen[0] < chosen[2]
    assert 4 < len(chosen[0]) < 25
    assert not any(each.second for each in course.grader("maria", share=1).view().items)


def test_an_opinion_is_taken_back_like_a_decision(course: Course) -> None:
    """Then it is offered again."""
    maria, noor = course.grader(), course.grader("noor", share=1)
    maria.give(maria.item("s002"), 1)
    noor.give(noor.item("s002"), 2)
    noor.post("/undo")
    assert noor.item("s002").second
    assert course.decisions()[0].undone_at is None


def test_agreement_is_told_by_check(course: Course) -> None:
    """The share of equal points, the mean difference and kappa, with what differs."""
    maria, noor = course.grader(), course.grader("noor", share=1)
    for student, first, second in (("s000", 2, 2), ("s001", 1, 1), ("s002", 1, 2), ("s003", 0, 0)):
        maria.give(maria.item(student), first)
        noor.give(noor.item(student), second)
    page = noor.get("/second")
    # By hand: p_o = 3/4, p_e = (1 * 2 + 2 * 1 + 1 * 1) / 16 = 5/16, kappa = (7/16) / (11/16).
    assert "75%" in page
    assert "0.25 points" in page
    assert "0.64" in page
    assert "why.sum: 1 differ" in page


def test_kappa_is_cohen_s() -> None:
    """As in the worked example of 50 grant proposals, which is found in many textbooks."""
    pairs = [(1.0, 1.0)] * 20 + [(1.0, 0.0)] * 5 + [(0.0, 1.0)] * 10 + [(0.0, 0.0)] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)
    assert cohens_kappa([]) is None
    assert cohens_kappa([(1.0, 1.0)] * 3) is None


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.5, 1.0]))))
def test_kappa_hangs_on_no_order(pairs: list[tuple[float, float]]) -> None:
    """Of graders nor of pairs; it is 1 for equal points alone, and never more."""
    kappa = cohens_kappa(pairs)
    swapped = cohens_kappa([(other, one) for one, other in reversed(pairs)])
    assert kappa == (None if swapped is None else pytest.approx(swapped))
    if kappa is not None:
        assert kappa <= 1
        assert (kappa == pytest.approx(1)) is all(one == other for one, other in pairs)
