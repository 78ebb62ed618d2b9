"""Two known mistakes in one submission are named as two, and never by guess."""

from functools import cache
from itertools import permutations

import pytest

from grader.assignment.loading import load
from grader.assignment.mistakes import Mistake, Variant, catalogue
from grader.assignment.model import Assignment
from grader.errors import AssignmentError
from grader.i18n import spoken
from grader.judging.judges import judge_for
from grader.judging.pairs import recognised_pair
from grader.reports.plain import mistake_text
from grader.results.model import ExerciseResult
from grader.scenario import Subject
from grader.subjects.reference import altered, reference
from tests.grading import nn_from_scratch
from tests.notebooks import ROOT

LINEAR, RELU = "linear", "relu"


@cache
def known() -> dict[str, Mistake]:
    """Return the known mistakes of the first assignment, by their names."""
    return {each.name: each for each in catalogue(nn_from_scratch()).mistakes}


def student(exercise: str, *changes: tuple[str, str]) -> Subject:
    """Return the reference of the first assignment with changes."""
    names = {LINEAR: ("Linear",), RELU: ("ReLU",)}[exercise]
    variant = Variant(name=f"{changes}", exercise=exercise, changes=changes)
    return altered(nn_from_scratch().reference, names, variant)


def with_mistakes(*names: str) -> Subject:
    """Return the reference with known mistakes of one exercise, whichever is made first."""
    mistakes = [known()[name] for name in names]
    for order in permutations(mistakes):
        try:
            changes = [change for each in order for change in each.changes]
            return student(mistakes[0].exercise, *changes)
        except AssignmentError:
            continue
    raise AssertionError(names)


def judged(exercise: str, subject: Subject, assignment: Assignment | None = None) -> ExerciseResult:
    """Return what an exercise of the first assignment comes to."""
    judging = assignment or nn_from_scratch()
    (asked,) = (each for each in judging.exercises if each.id == exercise)
    return judge_for(judging).judge(asked, subject, None, judging.config.seed)


def names(result: ExerciseResult) -> set[str]:
    """Return the names of the mistakes that an exercise looks like."""
    return {each.name for each in result.mistakes}


PAIRS = [
    (LINEAR, "no bias", "averaged weight gradient"),
    (LINEAR, "no bias", "gradient ascent"),
    (LINEAR, "bias for the last example only", "learning rate fixed at 0.1"),
    (LINEAR, "factors in the wrong order", "bias gradient in a column"),
    (LINEAR, "first input kept for ever", "averaged bias gradient"),
    (LINEAR, "returns the weight gradient", "weight decay in the step"),
    (LINEAR, "two values returned from forward", "W updated twice"),
    (LINEAR, "weight gradient multiplied by W", "input gradient multiplied by the input"),
    (RELU, "clipped at one", "nothing returned from ReLU's backward"),
    (RELU, "absolute value", "clipped gradient"),
    (RELU, "identity", "mask that only widens"),
    (RELU, "scaled to one", "first mask kept for ever"),
    (RELU, "absolute value", "zeros written into the upstream gradient below zero"),
]


@pytest.mark.parametrize(("exercise", "one", "other"), PAIRS, ids=str)
def test_two_known_mistakes_are_named_as_two(exercise: str, one: str, other: str) -> None:
    """Each is what fails some checks, and these checks have its name."""
    result = judged(exercise, with_mistakes(one, other))
    assert names(result) == {one, other}
    at_checks = {check.mistake for check in result.checks if check.status == "failed"}
    assert at_checks <= {one, other}


@pytest.mark.parametrize(
    "name", ["no bias", "gradient ascent", "averaged weight and bias gradients", "leaky ReLU"]
)
def test_one_known_mistake_is_named_as_one(name: str) -> None:
    """Also where two others together would be the same."""
    mistake = known()[name]
    result = judged(mistake.exercise, with_mistakes(name))
    assert result.mistake is not None
    assert result.mistake.name == name
    assert result.other_mistake is None


UNKNOWN = {
    "a right solution": (),
    "an unknown mistake": (("x @ self.W + self.b", "x @ self.W + 0.01 * self.b"),),
    "a known and an unknown one": (
        ("x @ self.W + self.b", "x @ self.W"),
        ("self.grad_W = self.x.T @ grad", "self.grad_W = 1.01 * self.x.T @ grad"),
    ),
}


@pytest.mark.parametrize("changes", UNKNOWN.values(), ids=UNKNOWN)
def test_what_no_two_explain_has_no_names(changes: tuple[tuple[str, str], ...]) -> None:
    """Nothing is told of the half that would be known."""
    assert names(judged(LINEAR, student(LINEAR, *changes))) == set()


def test_three_mistakes_are_no_two() -> None:
    """Two of them do not explain all answers."""
    three = with_mistakes("no bias", "averaged weight gradient", "averaged bias gradient")
    # Of these, the last two are a known mistake of their own.
    assert names(judged(LINEAR, three)) == {"no bias", "averaged weight and bias gradients"}
    three = with_mistakes("no bias", "averaged weight gradient", "learning rate fixed at 0.1")
    assert names(judged(LINEAR, three)) == set()


def of_two(*mistakes: Mistake) -> set[str]:
    """Return which of `mistakes` are named for a layer without a bias that averages grad_W."""
    assignment = nn_from_scratch()
    (exercise,) = (each for each in assignment.exercises if each.id == LINEAR)
    subject = with_mistakes("no bias", "averaged weight gradient")
    found = recognised_pair(
        exercise,
        judged(LINEAR, subject),
        student=subject,
        reference=reference(assignment.reference, exercise.names),
        notebook=assignment.reference,
        mistakes=mistakes,
        seed=assignment.config.seed,
    )
    return {each.info.name for each in found or ()}


def test_where_two_pairs_fit_none_is_told() -> None:
    """A third mistake with the same answers makes a guess of it."""
    one, other = known()["no bias"], known()["averaged weight gradient"]
    assert of_two(one, other) == {one.name, other.name}
    alike = Mistake(
        name="b taken off again",
        exercise=LINEAR,
        changes=(("x @ self.W + self.b", "x @ self.W + self.b - self.b"),),
        explanation="b is added and taken off.",
        hint="What is left of it?",
    )
    assert of_two(one, other, alike) == set()


def test_a_released_folder_tells_two_by_what_was_recorded() -> None:
    """It holds no code of the mistakes: where one changes what the other answers, none is told."""
    home = load(ROOT / "assignments" / "nn_from_scratch")
    both = ("absolute value", "clipped gradient")
    assert names(judged(RELU, with_mistakes(*both), home)) == set(both)
    assert names(judged(RELU, with_mistakes("absolute value"), home)) == {"absolute value"}
    # Outputs after a step hang on both, and nobody has recorded these.
    both = ("no bias", "averaged weight gradient")
    assert names(judged(LINEAR, with_mistakes(*both), home)) == set()
    unknown = student(LINEAR, *UNKNOWN["a known and an unknown one"])
    assert names(judged(LINEAR, unknown, home)) == set()


@pytest.mark.parametrize(
    ("code", "label"),
    [("en", "This looks like two known mistakes. The first"), ("ru", "Похоже сразу на две")],
)
def test_both_are_told_in_their_own_words(code: str, label: str) -> None:
    """What the code does, and the hint, of the one and of the other, in the student's language."""
    assignment = nn_from_scratch()
    with spoken(code, assignment.sources):
        result = judged(RELU, with_mistakes("absolute value", "clipped gradient"))
        told = mistake_text(result)
    assert label in told
    assert result.mistake is not None
    assert result.other_mistake is not None
    for each in (result.mistake, result.other_mistake):
        assert each.name in told
        assert each.explanation in told
        assert each.hint in told
    english = known()["absolute value"].explanation
    assert (english in told) is (code == "en")
