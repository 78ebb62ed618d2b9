"""Names are hidden unless they are asked for, and what stands for them stays the same."""

import re

from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.tables import Person
from grader.results.model import Result
from grader.review.blinding import Blinding, blinded
from grader.review.items import Handed
from grader.review.reporting import nameless
from tests.drawn_results import results
from tests.review.course import NAMES, Course, Grader


def every_page(grader: Grader) -> str:
    """Return all that a grader can get to see."""
    view = grader.view()
    paths = ["/", "/check?of=why.sum", "/search?check=why.sum", "/requests", "/second"]
    paths += [f"/item/{each.key}" for each in view.items]
    for each in view.handed:
        paths += [f"/report/{each.key}", f"/report/{each.key}/page"]
    return "\n".join(grader.get(path) for path in paths)


def test_no_page_says_whose_an_answer_is(course: Course) -> None:
    """No name, identifier, address or file, also where the answer or the notebook says it."""
    course.hand_in(["I, Edgar Poe (s004), think so."], ["Edgar Poe"])
    course.notebook("s004", "# by Edgar Poe, edgar")
    maria = course.grader()
    maria.give(maria.item("s002"), 1)
    maria.post("/requests", student="s003", text="Please.")
    told = every_page(maria)
    assert "I, [name] ([name]), think so." in told
    assert "# by [name], [name]" in told
    parts = ("Anna", "Katz", "Edgar", "Poe", "example.org", ".ipynb")
    for word in (*course.students, *NAMES, *parts):
        assert not re.search(rf"\b{re.escape(word)}\b", told), word


def test_names_are_shown_when_asked_for(course: Course) -> None:
    """With their identifiers, and then one can search by them."""
    lea = course.grader(names=True)
    assert "Clara Oswald (s002)" in every_page(lea)
    assert "Clara Oswald" in lea.get("/search", student="oswald")
    assert "1 notebook found" in lea.get("/search", student="S002")
    assert "1 notebook found" not in course.grader().get("/search", student="oswald")


def test_a_student_is_called_the_same_by_everybody(course: Course) -> None:
    """In each process, also when others hand in later."""
    before = {each.person.id: each.student for each in course.grader().view().handed}
    course.hand_in(["New."] * 20)
    after = {each.person.id: each.student for each in course.grader("noor").view().handed}
    assert len(set(after.values())) == 24
    assert before.items() <= after.items()


def test_the_order_is_not_the_roster_s(course: Course) -> None:
    """Neither in a list nor from one item to the next."""
    course.hand_in([f"Answer {place}" for place in range(30)])
    maria = course.grader()
    by_key = {each.key: each.person.id for each in maria.view().handed}
    order = [by_key[each.front.report] for each in maria.view().groups("why.sum")]
    assert order != sorted(order)
    begin, *keys = re.findall(r"/item/(\w+)", maria.get("/check", of="why.sum"))
    assert begin == keys[0]
    assert [each.front.key for each in maria.view().groups("why.sum")] == keys


def test_another_gradebook_calls_them_otherwise() -> None:
    """The key is the gradebook's own."""
    one, other = (Blinding(each).pseudonyms(["anna", "boris"]) for each in (b"a", b"b"))
    assert set(one) == set(other)
    assert set(one.values()).isdisjoint(other.values())


@given(st.lists(st.text(), unique=True, max_size=40), st.binary())
def test_no_two_students_are_called_the_same(people: list[str], key: bytes) -> None:
    """Whatever they are called, and in whatever order they are told."""
    names = Blinding(key).pseudonyms(people)
    assert len(set(names.values())) == len(people)
    assert Blinding(key).pseudonyms(people[::-1]) == names


def test_more_students_than_there_are_names_of_five_digits() -> None:
    """All of them have one all the same, and where there are fewer it is a short one."""
    told = Blinding(b"key").pseudonyms(map(str, range(100_000)))
    assert len(set(told.values())) == 100_000
    assert {len(each) for each in told.values()} == {len("Student 100000")}
    few = Blinding(b"key").pseudonyms(map(str, range(40_000)))
    assert {len(each) for each in few.values()} == {len("Student 10000")}


def test_parts_of_other_words_are_kept() -> None:
    """Only whole words that are long enough go: an answer stays readable."""
    person = Person(id="s1", name="Anna Lee", email="")
    assert blinded("Annalena and ANNA, s1, asleep", person) == "Annalena and [name], s1, asleep"


@given(results())
def test_a_nameless_result_is_a_whole_one(result: Result) -> None:
    """Whatever stands in a result, it can be shown without its names, and keeps its points."""
    person = Person(id="student", name="", email="")
    handed = Handed(1, "key", 1, person, "Student 10000", (), frozenset())
    told = nameless(result, handed)
    assert told.submission.name == "Student 10000"
    assert (told.score, told.max_score, told.pending) == (
        *(result.score, result.max_score, result.pending),
    )
    assert [each.id for each in told.exercises] == [each.id for each in result.exercises]
