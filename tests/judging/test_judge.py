"""What judging promises: every check comes to a verdict, whatever the student's code does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Self

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.asking.cases import draw
from grader.asking.diagnosis import Context, diagnose
from grader.assignment.model import AnyOf, CheckFunction, Exercise, any_of
from grader.checks.compare import array, numpy_array, same_shape
from grader.judging.judge import judge
from grader.results.evidence import Evidence, Item
from grader.scenario import Call, Make, Raised, Scenario, Set, Subject, Transcript, Value
from grader.subjects.reference import Reference
from grader.verdicts import BuildsOn, CheckFailed, NeedsReview, answer, unanswered
from tests.doubling import Number, doubles, exercise, judged, right, right_array, verdict


class Telling(Number):
    """A number to be doubled, which says little below 100."""

    def sizes_differ(self) -> bool:
        """Whether it says much."""
        return self.n >= 100


Needs = CheckFunction | AnyOf | Sequence[CheckFunction | AnyOf]


def test_what_is_right_passes() -> None:
    """All points, the title from the docstring, and nothing to say."""
    found = verdict(doubles)
    assert (found.id, found.title) == ("doubles", "`double` returns twice the number.")
    assert (found.status, found.points, found.max_points) == ("passed", 2, 2)
    assert (found.message, found.evidence, found.hint) == ("", None, None)


def test_what_is_wrong_fails_on_its_smallest_case() -> None:
    """No points, and the simplest case that fails with its inputs, its message and its hint."""
    found = verdict(doubles, lambda n: 2 * n if n < 10 else 7)
    assert (found.status, found.points, found.max_points) == ("failed", 0, 2)
    assert found.message == "double(10) is 7."
    assert found.hint == "Twice?"
    assert found.evidence is not None
    assert found.evidence.inputs == (Item.of("n", 10),)


def test_what_sizes_tell_is_shown_on_sizes_that_differ() -> None:
    """The simplest case may hide what it is about: then the simplest one that does not is shown."""

    def is_small(student: Subject, case: Telling) -> None:
        """`double` stays small."""
        if array(student.answer(case.doubled), "y") > 2 * case.n:
            raise CheckFailed("It is large.", sized=case.n < 100)

    found = verdict(is_small, lambda n: 2 * n + 1)
    assert found.evidence is not None
    assert found.evidence.inputs == (Item.of("n", 100),)


@pytest.mark.parametrize(
    ("message", "is_told"),
    [
        ("Layer.forward() takes 1 positional argument but 2 were given", True),
        ("Layer.forward() takes from 0 to 1 positional arguments but 2 were given", True),
        ("Layer.forward() takes 0 positional arguments but 2 were given", False),
        ("Layer.moved() takes 1 positional argument but 2 were given", False),
        ("forward() takes 1 positional argument but 2 were given", False),
        ("Layer.forward() missing 1 required positional argument: 'x'", False),
    ],
)
def test_a_method_without_self_is_asked_for_it(message: str, is_told: bool) -> None:
    """Python's message counts the object as an argument, which a beginner does not expect."""
    told = unanswered(Call("y", "layer", "forward", [1.0]), Raised("TypeError", message))
    assert isinstance(told, CheckFailed)
    assert message in told.message
    assert ("Is `self` the first parameter of `forward`" in (told.hint or "")) is is_told


@pytest.mark.parametrize(("name", "is_told"), [("W", True), ("w", False)])
def test_an_attribute_without_its_object_is_recognised(name: str, is_told: bool) -> None:
    """What the scenario has set on the object is there, if only through `self`."""
    asked = Scenario(
        Make("layer", "Layer"), Set("layer", "W", 1.0), Call("y", "layer", "forward", [1.0])
    )
    came = Raised("NameError", f"name '{name}' is not defined")
    with pytest.raises(CheckFailed) as told:
        answer(Transcript(asked, (Value(None), Value(None), came)), "y")
    assert ("Is `self.W` meant?" in (told.value.hint or "")) is is_told


def test_the_evidence_of_a_check_is_kept_beside_the_inputs() -> None:
    """What the check itself shows stays."""

    def is_scalar(student: Subject, case: Number) -> None:
        """`double` returns a number."""
        same_shape(array(student.answer(case.doubled), "y"), (), what="y")

    found = verdict(is_scalar, lambda n: [n, n])
    assert found.evidence is not None
    assert found.evidence.inputs == (Item.of("n", 0),)
    assert found.evidence.got is not None
    assert found.evidence.got.value == (0.0, 0.0)


@pytest.mark.parametrize(
    ("double", "message"),
    [
        (lambda n: 1 / 0, "`double` raised ZeroDivisionError: division by zero."),
        (lambda: 0, "`double` raised TypeError: "),
        (lambda n: None, "y is None."),
        (lambda n: object(), "y is a builtins.object, not an array of numbers."),
        (lambda n: "2", "y is a str, not an array."),
        (lambda n: [1, [2]], "y is a list, not an array."),
        (lambda n: exit(), "`double` raised SystemExit"),  # noqa: PLR1722
    ],
)
def test_whatever_the_students_code_does_instead_fails(
    double: Callable[[int], object], message: str
) -> None:
    """Exceptions and answers that are none are the student's, and the message names them."""
    found = verdict(doubles, double)
    assert found.status == "failed"
    assert found.message.startswith(message)


def test_a_check_that_cannot_tell_is_for_a_person_to_look_at() -> None:
    """`NeedsReview` gives and takes nothing, with a case and without."""

    def once() -> None:
        """Asked once."""
        raise NeedsReview("Look at the plot.", Evidence(text="a plot"))

    def each(case: Number) -> None:
        """Asked of each case."""
        raise NeedsReview("Look at the number.")

    result = judged(exercise(once, each, doubles))
    assert [check.status for check in result.checks] == ["review", "review", "passed"]
    assert [check.message for check in result.checks][:2] == [
        "Look at the plot.",
        "Look at the number.",
    ]
    assert result.checks[0].evidence == Evidence(text="a plot")
    assert (result.score, result.max_score, result.pending) == (2, 6, 4)


def huge() -> None:
    """Tells too much."""
    raise CheckFailed("\x1b[31m\ud800" + "x" * 10**6)


@pytest.mark.parametrize(("first", "status"), [(NeedsReview, "review"), (CheckFailed, "skipped")])
def test_what_builds_on_a_check_that_waits_waits_too(
    first: Callable[[str], Exception], status: str
) -> None:
    """A check that says what it was not reached for costs nothing as long as that is pending."""

    def asked(student: Subject) -> None:
        """`double` returns 2 for 1."""
        if array(student.answer(Scenario(Call("y", "double", args=[1]))), "y") != 2:
            raise first("No answer.")

    def other(student: Subject) -> None:
        """`double` returns 4 for 2."""
        if array(student.answer(Scenario(Call("y", "double", args=[2]))), "y") != 4:
            raise BuildsOn("asked")

    _, second = judged(exercise(asked, other), lambda n: n).checks
    assert second.status == status
    assert second.message.startswith("This builds on `asked`")


class Unaskable(Reference):
    """A student who cannot be asked, for a reason that nobody has thought of."""

    def prefetch(self, scenarios: Iterable[Scenario]) -> None:
        """Raise what going round in the student's names raises."""
        raise RecursionError

    def answer(self, scenario: Scenario) -> Transcript:
        """Raise it as well."""
        raise RecursionError


def test_who_cannot_be_asked_is_not_left_pending() -> None:
    """Names that lead in a circle, say, are the student's: their points do not wait for anyone."""
    right_answers = Reference({"double": right})
    student = Unaskable({"double": right})
    (found,) = judge(
        exercise(doubles), student=student, reference=right_answers, submission=None, seed=1
    ).checks
    assert (found.status, found.points) == ("failed", 0)


class Large(Number):
    """A number to be doubled; below 500 it is as small as it can be."""

    def edges(self) -> Sequence[str]:
        """Return what is small about it."""
        return ["n"] if self.n < 500 else []


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_reached_but_at_edges_is_not_reached(seed: int) -> None:
    """What happens to come of small sizes, in whatever order they are drawn, is not told."""

    def reached(student: Subject, case: Large) -> None:
        """`double` is reached where the number is small, and wrong there."""
        if array(student.answer(case.doubled), "y") == 2 * case.n:
            return
        if not case.edges():
            raise BuildsOn("another")
        raise CheckFailed("It is wrong.")

    (found,) = judged(exercise(reached), lambda n: 2 * n + 1, seed=seed).checks
    assert (found.status, found.message) == ("skipped", "This builds on `another`.")


def test_a_look_that_one_case_has_by_chance_hides_none_that_all_have() -> None:
    """What the wrong answers to all cases look like is told, whatever else one of them does."""
    by_chance = -2.0 * draw(Number, 1)[3].n

    def turned(student: Subject, reference: Subject, case: Number) -> None:
        """`double` has the right sign."""
        got, expected = (array(each.answer(case.doubled), "y") for each in (student, reference))
        known = Context(
            terms=1, magnitude=1.0, instead={"is there by chance.": np.array(by_chance)}
        )
        if got != expected:
            found = diagnose(got, expected, known)
            raise CheckFailed("It is wrong." if found is None else f"It {found.sentence}")

    found = verdict(turned, lambda n: -2 * n)
    assert found.message == "It has the right length, but the opposite sign."


def test_a_message_is_cleaned_and_cut() -> None:
    """Whatever a message quotes of a student's, it can be shown."""
    found = verdict(huge)
    assert found.status == "failed"
    assert "\x1b" not in found.message
    assert len(found.message) < 10_000


def test_a_failure_that_shrinking_does_not_find_again_is_shown_as_it_was() -> None:
    """The verdict is the one on the case that failed."""
    cases = draw(Number, 1)

    def wrong(case: Number) -> None:
        """Fails on one number among a thousand."""
        if case == cases[20]:
            raise CheckFailed("wrong")

    found = verdict(wrong)
    assert found.status == "failed"
    assert found.evidence is not None
    assert found.evidence.inputs == (Item.of("n", cases[20].n),)


def test_only_what_a_check_asks_for_is_given() -> None:
    """A check gets its parameters by name, and a check about nothing is asked once."""
    seen: list[object] = []

    def whole(submission: str) -> None:
        """Sees the submission."""
        seen.append(submission)

    def nothing() -> None:
        """Sees nothing."""
        seen.append(None)

    of = exercise(whole, nothing)
    result = judge(of, student=Reference({}), reference=None, submission="s", seed=0)
    assert result.score == 4
    assert seen == ["s", None]


def test_the_same_seed_gives_the_same_result() -> None:
    """Judged twice, or with another student in between, nothing changes."""
    wrong = lambda n: 2 * n if n % 7 else 1  # noqa: E731
    first = judged(exercise(doubles), wrong)
    judged(exercise(doubles), lambda n: n)
    assert judged(exercise(doubles), wrong) == first


def test_dependencies_decide_what_is_judged() -> None:
    """A check is skipped where what it needs failed, and waits where that is open."""
    made = Exercise("exercise", "An exercise", points=14)

    @made.check(points=2)
    def passes() -> None:
        """All is well."""

    @made.check(points=2)
    def fails() -> None:
        """Fails."""
        raise CheckFailed("no")

    @made.check(points=2)
    def waits() -> None:
        """Only a person can tell."""
        raise NeedsReview("look")

    @made.check(points=2)
    def breaks() -> None:
        """Has a bug."""
        raise ZeroDivisionError

    needs: dict[str, Needs] = {
        "after_fails": fails,
        "after_waits": waits,
        "after_breaks": breaks,
        "after_either": any_of(fails, passes),
        "after_both": (passes, fails),
        "after_none": any_of(fails, waits),
    }

    def never() -> None:
        """Is asked only where all is met."""

    for name, need in needs.items():
        function = FunctionType(never.__code__, {}, name)
        function.__doc__ = never.__doc__
        made.check(points=1, needs=need)(function)
    result = judged(made)
    statuses = {check.id: check.status for check in result.checks[4:]}
    assert statuses == {
        "after_fails": "skipped",
        "after_waits": "review",
        "after_breaks": "review",
        "after_either": "passed",
        "after_both": "skipped",
        "after_none": "review",
    }
    messages = {check.id: check.message for check in result.checks}
    assert messages["after_fails"] == "This builds on `fails`."
    assert messages["after_waits"] == "This builds on `waits`, which is pending."
    # Two waiting for a person, two for the staff, and three that wait for those.
    assert (result.score, result.max_score, result.pending) == (3, 14, 7)


@dataclass(frozen=True)
class Edged(Number):
    """A number to be doubled; 0 is as small as it can be."""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how numbers are drawn."""
        return st.builds(cls, st.integers(0, 9))

    def edges(self) -> Sequence[str]:
        """Return whether it is 0."""
        return ["a zero"] if self.n == 0 else []


def built() -> Exercise:
    """Return two checks of the same numbers, the second of which needs the first."""
    made = Exercise("exercise", "An exercise", points=6)

    @made.check(points=2)
    def runs(student: Subject, case: Edged) -> None:
        """`double` runs."""
        array(student.answer(case.doubled), "y")

    @made.check(points=2, needs=runs)
    def grows(student: Subject, case: Edged) -> None:
        """`double` returns no less than it was given."""
        got = float(array(student.answer(case.doubled), "y"))
        if got < case.n:
            raise CheckFailed(f"double({case.n}) is {got:g}.")

    @made.check(points=2, needs=grows)
    def doubled(student: Subject, reference: Subject, case: Edged) -> None:
        """`double` returns twice the number."""
        doubles(student, reference, case)

    return made


@pytest.mark.parametrize(
    ("double", "statuses"),
    [
        (lambda n: 2 * n if n else 1 / 0, ["failed", "passed", "passed"]),
        (lambda n: n or 1 / 0, ["failed", "passed", "failed"]),
        (lambda n: (2 * n or -1) if n != 7 else 1 / 0, ["failed", "skipped", "skipped"]),
        (lambda n: 2 * n or -1, ["passed", "failed", "passed"]),
        (lambda n: 1 / 0, ["failed", "skipped", "skipped"]),
        (lambda n: 0 if n == 0 else 1 / 0, ["failed", "skipped", "skipped"]),
    ],
)
def test_what_fails_at_an_edge_alone_decides_nothing_about_the_rest(
    double: Callable[[int], object], statuses: list[str]
) -> None:
    """What builds on it is asked where it holds; a failure anywhere else leaves no ground."""
    assert [check.status for check in judged(built(), double).checks] == statuses


@dataclass(frozen=True)
class Pair(Number):
    """A number to be doubled, and whether it is written in one digit."""

    digits: int = 1

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how numbers are drawn."""
        return st.builds(cls, st.integers(0, 9), st.integers(1, 3))

    def edges(self) -> Sequence[str]:
        """Return whether there is one digit."""
        return ["one digit"] if self.digits == 1 else []


def test_numbers_that_show_a_fault_at_an_edge_only_by_chance_leave_no_ground() -> None:
    """Where the same sizes hold with other numbers, it is the numbers that fail."""
    made = Exercise("exercise", "An exercise", points=4)
    one_digit = [case for case in draw(Pair, 1) if case.edges()]

    @made.check(points=2)
    def runs(case: Pair) -> None:
        """`double` runs."""
        if case == one_digit[0]:
            raise CheckFailed("no")

    @made.check(points=2, needs=runs)
    def goes_on(case: Pair) -> None:
        """Go on."""

    assert len(one_digit) > 1
    found = judged(made).checks
    assert [check.status for check in found] == ["failed", "skipped"]
    assert found[0].message == "no"


def test_what_fails_at_an_edge_alone_says_so() -> None:
    """The message tells the sizes, and that of another failure does not."""
    at_zero = judged(built(), lambda n: 2 * n if n else 1 / 0).checks[0]
    assert at_zero.message.endswith("This happens only with a zero; otherwise this check passes.")
    everywhere = judged(built(), lambda n: 1 / 0).checks[0]
    assert everywhere.message.endswith("by zero.")


def test_the_example_of_what_is_asked_elsewhere_is_none_of_the_edge() -> None:
    """It shows what the check is about, not what the edge fails of."""
    evidence = judged(built(), lambda n: n or 1 / 0).checks[2].evidence
    assert evidence is not None
    assert evidence.inputs == (Item.of("n", 1),)


def test_a_failure_may_leave_what_builds_on_it_its_ground() -> None:
    """A check says so where its own question is not what the others take for granted."""
    made = Exercise("exercise", "An exercise", points=4)

    @made.check(points=2)
    def is_array(student: Subject, case: Number) -> None:
        """`double` returns an array."""
        numpy_array(student.answer(case.doubled), "y", what="y")

    @made.check(points=2, needs=is_array)
    def doubled(student: Subject, reference: Subject, case: Number) -> None:
        """`double` returns twice the number."""
        doubles(student, reference, case)

    for double, statuses in (
        (right, ["failed", "passed"]),
        (lambda n: n, ["failed", "failed"]),
        (np.float64, ["passed", "failed"]),
    ):
        found = judged(made, double, solution=right_array).checks
        assert [check.status for check in found] == statuses


def test_what_fails_in_two_ways_is_told_of_the_one_that_leaves_no_ground() -> None:
    """A sentence about an edge stands by what happens there alone."""

    def both(student: Subject, case: Edged) -> None:
        """`double` returns an array."""
        array(student.answer(case.doubled), "y")
        numpy_array(student.answer(case.doubled), "y", what="y")

    (found,) = judged(exercise(both), lambda n: [2 * n] if n else None, solution=right_array).checks
    assert found.message == "y is None. This happens only with a zero; otherwise this check passes."
    (found,) = judged(
        exercise(both), lambda n: [2 * n] if n != 7 else None, solution=right_array
    ).checks
    assert found.message == "y is None."
