"""The queue over HTTP: what waits is found, decided at once, changed and taken back."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from grader.gradebook.decisions import void
from grader.gradebook.tables import Assignment, Lock, now
from tests.review.course import Course


def test_what_waits_is_told_by_check(course: Course) -> None:
    """Each criterion that waits has its items, and the page says how many of them wait."""
    page = course.grader().get("/")
    assert page.count("<b>4</b> of 4 wait") == 2
    assert "It says that n + n is 2 n." in page
    assert "`double`" not in page


def test_points_are_saved_at_once(course: Course) -> None:
    """A key's points are a decision with who, what and a comment, and the grade follows."""
    maria = course.grader()
    page = maria.give(maria.item("s002"), 1.5, comment="Nearly.\r\nWell.")
    (decision,) = course.decisions()
    assert (decision.kind, decision.exercise, decision.check_id) == ("points", "why", "sum")
    assert (decision.points, decision.who, decision.comment) == (1.5, "maria", "Nearly.\nWell.")
    assert course.grade("s002") == (3.5, 1)
    assert "Saved: 1.5 points for why.sum" in page


def test_a_form_that_is_none_of_ours_saves_nothing(course: Course) -> None:
    """What it was made from is read before anything is decided."""
    maria = course.grader()
    maria.post(f"/item/{maria.item('s002').key}/points", 404, seen="-1", points="1")
    assert course.decisions() == []


def test_a_whole_queue_is_decided_item_after_item(course: Course) -> None:
    """Each answer leads to the next that waits, equal ones are one, and the end is told."""
    maria = course.grader()
    maria.get("/first", of="why.sum")
    for left in (2, 1, 0):
        item = maria.view().first("why.sum")
        assert item is not None
        page = maria.give(item, 1, all="1")
        assert maria.at.startswith("/item/" if left else "/check?of=why.sum")
    assert "Nothing waits here any more." in page
    assert [course.grade(each) for each in course.students] == [(3, 1)] * 4


def test_the_answer_stands_beside_each_criterion(course: Course) -> None:
    """Also where the result keeps it only beside the first."""
    maria = course.grader()
    page = maria.get(f"/item/{maria.item('s003', 'why.clear').key}")
    assert "I do not know." in page
    assert "It is clear." in page


def test_an_item_without_an_answer_shows_the_report(tmp_path: Path) -> None:
    """What the check says stands beside the report, which has the figures."""
    maria = Course(tmp_path).hand_in([""]).grader()
    page = maria.get(f"/item/{maria.item('s000').key}")
    assert "A person will read your answer." in page
    assert '<iframe sandbox=""' in page


def test_a_decided_item_says_who_and_can_be_changed(course: Course) -> None:
    """A later decision counts, both stay on record, and undoing it lets the first count again."""
    maria, noor = course.grader(), course.grader("noor")
    maria.give(maria.item("s002"), 1)
    page = noor.get(f"/item/{noor.item('s002').key}")
    assert "<b>1 point</b> by maria" in page
    noor.give(noor.item("s002"), 2)
    assert course.grade("s002") == (4, 1)
    page = noor.post(f"/decision/{course.decisions()[-1].id}/undo")
    assert "Undone: 2 points" in page
    assert "(undone by noor)" in page
    assert course.grade("s002") == (3, 1)


def test_undo_takes_back_one_s_own_last_decision(course: Course) -> None:
    """One after the other, never another grader's, and the page leads back to the item."""
    maria, noor = course.grader(), course.grader("noor")
    first, second = maria.item("s002"), maria.item("s003")
    maria.give(first, 1)
    maria.give(second, 2)
    noor.give(noor.item("s002", "why.clear"), 1)
    maria.post("/undo")
    assert maria.at == f"/item/{second.key}?undone={course.decisions()[1].id}"
    maria.post("/undo")
    assert maria.at.startswith(f"/item/{first.key}")
    maria.post("/undo")
    undone = [each.undone_by for each in course.decisions()]
    assert undone == ["maria", "maria", None]


def test_equal_answers_get_one_decision_each_and_one_undo(course: Course) -> None:
    """Case and spaces do not matter; all are decided at once, and taken back at once."""
    maria = course.grader()
    page = maria.get(f"/item/{maria.item('s000').key}")
    assert "Give it to all 2 equal answers" in page
    maria.give(maria.item("s000"), 2, all="1", comment="Good.")
    assert [(each.points, each.comment) for each in course.decisions()] == [(2, "Good.")] * 2
    assert (course.grade("s000"), course.grade("s001")) == ((4, 1), (4, 1))
    # Another process knows what belongs together, too.
    course.grader().post("/undo")
    assert all(each.undone_by == "maria" for each in course.decisions())
    assert course.grade("s001") == (2, 3)


def test_answers_that_are_equal_as_far_as_they_are_shown_are_not_equal(tmp_path: Path) -> None:
    """Of a long answer a result has the beginning: what follows may be another's or nothing."""
    long = "Because n + n is 2 n, and so on. " * 200
    maria = Course(tmp_path).hand_in([f"{long}It doubles.", f"{long}I do not know."]).grader()
    assert "equal answers" not in maria.get(f"/item/{maria.item('s000').key}")
    maria.give(maria.item("s000"), 2, all="1")
    assert maria.course.grade("s001") == (2, 3)


def test_an_equal_answer_can_be_decided_alone(course: Course) -> None:
    """Without the mark, the others of the group still wait, and are next."""
    maria = course.grader()
    maria.give(maria.item("s000"), 2)
    assert len(course.decisions()) == 1
    assert maria.at == f"/item/{maria.item('s001').key}"


def test_points_that_a_check_cannot_have_are_refused(course: Course) -> None:
    """The page says why, and nothing is saved, of a group neither."""
    maria = course.grader()
    key = maria.item("s000").key
    for points in ("2.5", "0.25", "-1", "nan", "many", ""):
        page = maria.post(f"/item/{key}/points", 400, seen="0", all="1", points=points)
        assert "That cannot be done" in page
    assert course.decisions() == []


def test_what_is_not_there_is_told(course: Course) -> None:
    """Addresses of nothing are 404 with a sentence."""
    maria = course.grader()
    for path in ("/item/0", "/report/0", "/check?of=a.b"):
        assert maria.client.get(path).status_code == 404
    maria.post("/decision/99999999999999999999999/undo", 404)
    maria.post("/requests/7", 404, answer="No.")


def test_rubric_items_give_points_and_words(course: Course) -> None:
    """An item is added, chosen, changed and retired on the page; decisions keep what they were."""
    maria = course.grader()
    item = maria.item("s002")
    path = f"/item/{item.key}/rubric"
    maria.post(path, text="Names no sum.", points="0.5")
    maria.post(path, text="Right.", points="2")
    maria.post(path, 400, text="Too good.", points="3")
    page = maria.get(f"/item/{item.key}")
    assert page.index("Names no sum.") < page.index("Right.")
    maria.post(f"/item/{item.key}/points", seen="0", rubric="1")
    maria.post(path, id="1", do="edit", text="No sum is named.", points="1")
    maria.post(path, id="2", do="retire")
    (decision,) = course.decisions()
    assert (decision.points, decision.comment, decision.rubric) == (0.5, "Names no sum.", [1])
    page = maria.get(f"/item/{maria.item('s003').key}")
    assert "No sum is named." in page
    assert "Right." not in page
    # Of another check it is nothing.
    clear = maria.item("s003", "why.clear")
    maria.post(f"/item/{clear.key}/points", 404, seen="0", rubric="1")


def test_comments_can_be_reused(course: Course) -> None:
    """What was said at a check is offered there, the most frequent first, to every grader."""
    maria = course.grader()
    for student, comment in (("s000", "Once."), ("s002", "Often."), ("s003", "Often.")):
        maria.give(maria.item(student), 1, comment=comment)
    page = course.grader("noor").get(f"/item/{maria.item('s001').key}")
    assert page.index('data-comment="Often."') < page.index('data-comment="Once."')
    assert "data-comment" not in maria.get(f"/item/{maria.item('s001', 'why.clear').key}")


def test_what_another_looks_at_is_skipped(course: Course) -> None:
    """It is shown as held by whom, also its equals, until they go on or some minutes passed."""
    maria, noor = course.grader(), course.grader("noor")
    item = maria.item("s000")
    maria.get(f"/item/{item.key}")
    assert noor.item("s001").held_by == "maria"
    assert "Held by maria" in noor.get(f"/item/{item.key}")
    assert "held by maria" in noor.get("/check", of="why.sum")
    keys = set()
    while (following := noor.view().first("why.sum")) is not None:
        keys.add(following.key)
        noor.give(following, 1)
    assert keys == {noor.item("s002").key, noor.item("s003").key}
    left = {"hx-current-url": f"http://127.0.0.1:8123/item/{item.key}"}
    maria.client.get(f"/item/{maria.item('s002').key}", headers=left)
    assert noor.item("s000").held_by == ""


def test_a_lock_ends_by_itself_and_can_be_renewed(course: Course) -> None:
    """It lasts for minutes; the page asks for it again, and another's is never taken over."""
    maria, noor = course.grader(), course.grader("noor")
    item = maria.item("s002")
    maria.get(f"/item/{item.key}")
    noor.post(f"/item/{item.key}/hold", 204)
    assert noor.item("s002").held_by == "maria"
    with course.book().writing() as session:
        lock = session.scalars(select(Lock)).one()
        assert timedelta(minutes=2) < lock.until - now() <= timedelta(minutes=3)
        lock.until = now() - timedelta(seconds=1)
    assert noor.item("s002").held_by == ""
    noor.post(f"/item/{item.key}/hold", 204)
    assert maria.item("s002").held_by == "noor"


def test_two_decisions_at_once_are_both_kept(course: Course) -> None:
    """The later counts, and its grader is told of the other."""
    maria, noor = course.grader(), course.grader("noor")
    seen = maria.item("s002")
    maria.give(seen, 1)
    page = noor.give(seen, 2)
    assert "Another decision was made meanwhile: <b>1 point</b> by maria" in page
    assert [each.points for each in course.decisions()] == [1, 2]
    assert course.grade("s002") == (4, 1)
    assert course.decisions()[0].undone_at is None


def test_a_later_attempt_is_offered_beside_the_one_that_counts(course: Course) -> None:
    """What counts and what is last: both wait for a person, of the same student."""
    maria = course.grader()
    before = maria.item("s002")
    course.hand_in(["Something else."], student="s002", number=2)
    both = [each for each in maria.view().checks["why.sum"] if each.student == before.student]
    assert [each.number for each in both] == [1, 2]


def test_a_void_check_does_not_wait(course: Course) -> None:
    """Everybody has its points: there is nothing to decide."""
    with course.book().writing() as session:
        row = session.scalars(select(Assignment)).one()
        void(session, row, "why", "sum", who="lea", why="Unclear.")
    maria = course.grader()
    assert maria.view().first("why.sum") is None
    assert "void: everybody has the points" in maria.get(f"/item/{maria.item('s002').key}")
