"""A mistake is named where a submission answers exactly as it does, and never by guess."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from grader.assignment.mistakes import Mistake
from grader.checks.methods import whose
from grader.judging.judge import judge
from grader.judging.matching import alike, recognised, sealed
from grader.scenario import Call, Raised, Scenario, Transcript, Value
from grader.subjects.reference import Reference, reference
from tests.grading import nn_from_scratch
from tests.notebooks import edited

NO_BIAS = Mistake(
    name="no bias",
    exercise="linear",
    changes=(("x @ self.W + self.b", "x @ self.W"),),
    explanation="b takes no part in what `forward` returns.",
    hint="What should a zero input give?",
)
ASCENT = Mistake(
    name="ascent",
    exercise="linear",
    changes=(
        ("self.W - self.learning_rate", "self.W + self.learning_rate"),
        ("self.b - self.learning_rate", "self.b + self.learning_rate"),
    ),
    explanation="The step goes uphill.",
    hint="Does the loss fall?",
)
LOOPS = Mistake(
    name="a loop over the rows",
    exercise="linear",
    changes=(("x @ self.W + self.b", "np.array([row @ self.W + self.b for row in x])"),),
    explanation="It handles row after row.",
    hint="Which operation handles all rows at once?",
)
KNOWN = (NO_BIAS, ASCENT, LOOPS)


@cache
def right() -> Reference:
    """Return the reference's layer."""
    return reference(nn_from_scratch().reference, ["Linear"])


def named(*changes: tuple[str, str], known: tuple[Mistake, ...] = KNOWN) -> str | None:
    """Return the name of the mistake of a layer that is the reference's with these changes."""
    assignment = nn_from_scratch()
    exercise, seed = assignment.exercises[0], assignment.config.seed
    namespace: dict[str, Any] = {}
    exec("import numpy as np\nclass Layer: pass\n" + edited("linear", *changes), namespace)  # noqa: S102
    student = Reference(namespace)
    result = judge(exercise, student=student, reference=right(), submission=None, seed=seed)
    found = recognised(
        exercise,
        result,
        student=student,
        reference=right(),
        notebook=assignment.reference,
        mistakes=known,
        seed=seed,
    )
    return found.info.name if found else None


@pytest.mark.parametrize("mistake", KNOWN, ids=lambda each: each.name)
def test_a_known_mistake_is_named(mistake: Mistake) -> None:
    """A submission with the mistake is told its name."""
    assert named(*mistake.changes) == mistake.name


def test_it_is_named_however_it_is_written() -> None:
    """What counts are the answers: sums in another order and in float32 are the same mistake."""
    product = "np.einsum('bi,io->bo', x.astype(np.float32), self.W).astype(np.float32)"
    assert named(("x @ self.W + self.b", product)) == "no bias"


def test_names_of_ones_own_are_no_other_mistake() -> None:
    """What a student keeps beside, or a Python has in every class, tells no mistakes apart."""
    asked = whose("Layer", "backward")
    namespaces: list[dict[str, Any]] = [{}, {}, {}]
    for body, namespace in zip(("x = 1", "my_input = 1", "backward = 1"), namespaces, strict=True):
        source = "class Layer:\n    def backward(self): pass\n    "
        exec(source + body, namespace)  # noqa: S102
    one, more, other = (Reference(each).answer(asked) for each in namespaces)
    assert one.outcome("names") != more.outcome("names")
    assert alike(one, more)
    assert not alike(one, other)


def test_work_tells_mistakes_apart_that_answer_alike() -> None:
    """A loop over the rows answers as the reference does, and is named by the check it fails."""
    loop = "np.stack([self.W.T @ x[i] + self.b for i in range(len(x))])"
    assert named(("x @ self.W + self.b", loop)) == "a loop over the rows"


def test_two_mistakes_at_once_are_neither() -> None:
    """Where two faults meet, no single name explains all answers, so none is given."""
    assert named(*NO_BIAS.changes, *ASCENT.changes) is None


NOT_STORED = Mistake(
    name="input not stored",
    exercise="linear",
    changes=(("self.x = x\n", "x = x\n"),),
    explanation="Your `backward` reads `self.x`, which your `forward` never sets.",
    hint="What must `forward` leave behind?",
)
WITH_RATE = Mistake(
    name="backward takes a learning rate",
    exercise="linear",
    changes=(("def backward(self, grad):", "def backward(self, grad, learning_rate):"),),
    explanation="Your `backward` wants two arguments.",
    hint="How does `Sequential` call it?",
)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("self.x = x\n", "x = x\n"), "input not stored"),
        (("self.x.T @ grad", "self.x.transposed() @ grad"), None),
        (("self.x.T @ grad", "self.x.t() @ grad"), None),
        (("grad @ self.W.T", "grad @ self.w.T"), None),
        (("self.learning_rate * self.grad_W", "self.lr * self.grad_W"), None),
        (("self.x.T @ grad", "self.learning_rate.compute_grad(grad)"), None),
        (("def backward(self, grad):", "def backward(self, grad, lr):"), WITH_RATE.name),
        (("grad.sum(axis=0)", "grad.sum(dim=0)"), None),
        (("grad.sum(axis=0)", "np.where(grad, 1, 0, 0)"), None),
    ],
)
def test_exceptions_are_alike_by_what_they_name(change: tuple[str, str], name: str | None) -> None:
    """An attribute that is missing makes no mistake of another one, nor of another object."""
    assert named(change, known=(NOT_STORED, WITH_RATE)) == name


def test_a_message_of_any_letters_can_be_sealed() -> None:
    """Also of half a letter, which no text in a file holds."""
    assert sealed("name '\ud800' is not defined") != sealed("name 'x' is not defined")


def test_a_message_is_sealed_where_it_would_tell_a_name() -> None:
    """A released folder knows a mistake by what it raises, without the solution's own names."""
    raised = Raised("AttributeError", "'ReLU' object has no attribute 'is_open'")
    kept = Raised(raised.error, sealed(raised.message))
    assert "is_open" not in kept.message
    scenario = Scenario(Call("y", "f"))

    def alike_(one: Raised, other: Raised) -> bool:
        return alike(Transcript(scenario, (one,)), Transcript(scenario, (other,)))

    assert alike_(raised, kept)
    other = Raised(raised.error, "'ReLU' object has no attribute 'mask'")
    assert not alike_(other, kept)
    assert alike_(other, Raised(raised.error, "")), "a folder of old is asked by the class alone"


def test_integers_are_alike_only_where_they_are_equal() -> None:
    """One of thousands is not off by a rounding, as a real number may be."""
    scenario = Scenario(Call("y", "f"))

    def alike_(one: object, other: object) -> bool:
        return alike(Transcript(scenario, (Value(one),)), Transcript(scenario, (Value(other),)))

    assert alike_(3000.0, 3000.1)
    assert alike_(3000, 3000.0)
    assert not alike_(3000, 3001)
    assert not alike_(np.array([1, 5000]), np.array([2, 5000]))


def test_an_unknown_mistake_and_a_right_solution_have_no_name() -> None:
    """Nothing is named for being near to a known mistake, nor without a failed check."""
    assert named(("x @ self.W + self.b", "x @ self.W + 0.01 * self.b")) is None
    assert named() is None


def test_what_cannot_be_told_apart_is_not_named() -> None:
    """Two known mistakes with the same answers are a guess, so neither is given."""
    twin = Mistake(
        name="twin",
        exercise="linear",
        changes=(("x @ self.W + self.b", "x @ self.W + 0 * self.b"),),
        explanation="The same by another name.",
        hint="Which?",
    )
    assert named(*NO_BIAS.changes, known=(NO_BIAS, twin)) is None
