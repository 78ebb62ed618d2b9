"""What layers owe over time, and what becomes of layers that cannot be given weights."""

import pytest

from grader.judging.judge import judge
from grader.results.model import CheckResult
from grader.subjects.reference import Reference
from tests.grading import nn_from_scratch
from tests.test_right_variants import LINEAR, RELU, the_reference


def judged(exercise: int, source: str) -> list[CheckResult]:
    """Return the checks of an exercise that the layer in `source` does not pass."""
    assignment = nn_from_scratch()
    namespace: dict[str, object] = {}
    exec("import numpy as np\n" + source, namespace)  # noqa: S102 - layers of our own
    result = judge(
        assignment.exercises[exercise],
        student=Reference(namespace),
        reference=the_reference(),
        submission=None,
        seed=assignment.config.seed,
    )
    return [check for check in result.checks if check.status != "passed"]


def linear(*changes: tuple[str, str]) -> str:
    """Return the source of `Linear` with strings replaced."""
    source = LINEAR
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


SHARED = [("self.x", "Linear.x")]
GLOBAL = [("self.x = x\n", "global kept\n        kept = x\n"), ("self.x.T", "kept.T")]
NUDGED = [
    ("return x @ self.W", "y = x @ self.W"),
    ("+ self.b\n", "+ self.b; self.b = self.b + 1; return y\n"),
]
ADDED = [
    ("self.grad_W = self.grad_b = self.grad = None", "self.grad_W = self.grad_b = 0.0"),
    ("self.grad_W = self.x.T @ grad", "self.grad_W = self.grad_W + self.x.T @ grad"),
]
FIRST = [("self.x = x\n", "self.x = getattr(self, 'x', x)\n")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (SHARED, "of a layer, after another layer's `forward`, has the right shape"),
        (GLOBAL, "of a layer, after another layer's `forward`, has the right shape"),
        (ADDED, "grad_W after a second pass is the sum of this one and the one before."),
        (FIRST, "grad_W after a second pass"),
    ],
)
def test_a_linear_layer_that_remembers_wrongly_loses_one_check(
    changes: list[tuple[str, str]], message: str
) -> None:
    """State that is shared, added up or kept costs `second_call`, and nothing else."""
    (failed,) = judged(0, linear(*changes))
    assert failed.id == "second_call"
    assert message in failed.message


def test_a_forward_that_changes_the_layer_is_told() -> None:
    """What it answers for one input does not depend on the inputs before."""
    failed = judged(0, linear(*NUDGED))
    assert "second_call" in {check.id for check in failed if check.status == "failed"}
    told = {check.id: check.message for check in failed}["second_call"]
    assert told.startswith("What `forward` returned after a pass with another input")


@pytest.mark.parametrize(
    ("forward", "backward", "message"),
    [
        ("ReLU.x = x\n        return np.maximum(x, 0)", "g * (self.x > 0)", "another layer's"),
        (
            "self.x = getattr(self, 'x', x)\n        return np.maximum(x, 0)",
            "g * (self.x > 0)",
            "after a second pass",
        ),
    ],
)
def test_a_relu_that_remembers_wrongly_loses_one_check(
    forward: str, backward: str, message: str
) -> None:
    """Like `Linear`."""
    (failed,) = judged(1, RELU.format(forward=forward, backward=backward))
    assert failed.id == "second_call"
    assert message in failed.message


def test_writing_into_an_argument_costs_one_check_and_shows_the_change() -> None:
    """The example is the smallest in which the caller's array is no longer what it was."""
    forward = "self.x = x > 0\n        x[x < 0] = 0\n        return x"
    (failed,) = judged(1, RELU.format(forward=forward, backward="g * self.x"))
    assert failed.id == "arguments_unchanged"
    assert failed.message == "`forward` changed `x`, an array of the caller's, in place."
    assert failed.evidence is not None
    assert failed.evidence.inputs[0].value in (((-1.0,),), ((-2.0,),))


def test_writing_what_was_there_already_is_writing() -> None:
    """A caller may hand in an array that cannot be written to."""
    forward = "self.x = x\n        x *= 1.0\n        return np.maximum(x, 0)"
    (failed,) = judged(1, RELU.format(forward=forward, backward="g * (self.x > 0)"))
    assert failed.id == "arguments_unchanged"
    assert failed.message.startswith("`forward` writes into `x`, an array of the caller's")


ELSEWHERE = {
    "properties over a dictionary": """
    @property
    def W(self): return self.held["W"]
    @W.setter
    def W(self, value): self.held["W"] = value
    @property
    def b(self): return self.held["b"]
    @b.setter
    def b(self, value): self.held["b"] = value
""",
    "properties that cannot be set": """
    @property
    def W(self): return self.held["W"]
    @property
    def b(self): return self.held["b"]
""",
    "properties that show a copy": """
    @property
    def W(self): return self.held["W"].copy()
    @property
    def b(self): return self.held["b"].copy()
""",
    "properties that forget what is set": """
    @property
    def W(self): return self.held["W"].copy()
    @W.setter
    def W(self, value): pass
    @property
    def b(self): return self.held["b"].copy()
    @b.setter
    def b(self, value): pass
""",
    "attributes that only show": """
    def shown(self):
        self.W, self.b = self.held["W"].copy(), self.held["b"].copy()
""",
}


def elsewhere(name: str, *changes: tuple[str, str]) -> str:
    """Return a `Linear` that computes with `self.held` and shows it as W and b."""
    source = linear(*changes)
    for each in "Wb":
        source = source.replace(f"self.{each} ", f"self.held['{each}'] ")
        source = source.replace(f"self.{each}\n", f"self.held['{each}']\n")
        source = source.replace(f"self.{each}.", f"self.held['{each}'].")
    source = source.replace(
        "        self.held['W'] = ", "        self.held = {}\n        self.held['W'] = ", 1
    )
    if name == "attributes that only show":
        source = source.replace(
            "        self.grad_W = self.grad_b",
            "        self.shown()\n        self.grad_W = self.grad_b",
            1,
        )
        source = source.replace(
            "        return self.grad", "        self.shown()\n        return self.grad"
        )
    return source + ELSEWHERE[name]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_right_layer_with_its_weights_elsewhere_loses_nothing(name: str) -> None:
    """Where W and b cannot be set, it is judged with the weights that it shows."""
    assert [(check.id, check.message) for check in judged(0, elsewhere(name))] == []


@pytest.mark.parametrize("name", list(ELSEWHERE)[1:])
@pytest.mark.parametrize(
    "change",
    [
        ("self.x.T @ grad", "self.x.T @ grad / len(grad)"),
        ("grad.sum(0)", "grad.mean(0)"),
        ("self.learning_rate * self.grad_W", "0.1 * self.grad_W"),
        ("self.learning_rate * self.grad_b", "-self.learning_rate * self.grad_b"),
        ("grad @ self.W.T", "grad @ abs(self.W.T)"),
        ("grad @ self.W.T", "grad"),
        ("self.x = x\n", "self.x = getattr(self, 'x', x)\n"),
        ("self.x.T @ grad", "0"),
        ("grad.sum(0)", "grad.sum(0); self.x += 1"),
    ],
)
def test_a_slip_costs_a_layer_with_its_weights_elsewhere_what_it_costs_any_other(
    name: str, change: tuple[str, str]
) -> None:
    """It is judged by what it does with the weights that it shows, and nobody has to look."""
    lost = judged(0, elsewhere(name, change))
    assert [(each.id, each.status) for each in lost] == [
        (each.id, each.status) for each in judged(0, linear(change))
    ]
    assert "it was asked with those that it has" in lost[0].message


@pytest.mark.parametrize("name", list(ELSEWHERE)[1:])
def test_a_wrong_forward_with_its_weights_elsewhere_fails(name: str) -> None:
    """What does not compute with the weights that it shows is not given the benefit of a doubt."""
    failed = judged(0, elsewhere(name, ("x @ self.W + self.b", "x @ self.W")))
    assert failed
    assert {check.status for check in failed} <= {"failed", "skipped"}


NO_GRADIENT = "`grad_W` and `grad_b` hold no gradient after `backward`, and"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return grad", f"{NO_GRADIENT} it returns the gradient that it was given"),
        ("return None", f"{NO_GRADIENT} it returns nothing."),
        (
            "raise NotImplementedError('not yet')",
            "`backward` is not written yet: it raised NotImplementedError: not yet.",
        ),
    ],
)
def test_a_missing_backward_is_told_once(body: str, message: str) -> None:
    """One check says so and all that ask more of it are skipped; no other one fails."""
    source = LINEAR.split("        self.grad_W = self.x.T")[0] + f"        {body}\n"
    failed, *skipped = judged(0, source)
    assert (failed.id, failed.status) == ("backward_runs", "failed")
    assert failed.message.startswith(message)
    assert {check.status for check in skipped} == {"skipped"}
    assert sum(check.max_points for check in (failed, *skipped)) == 31


def test_a_shape_is_shown_where_it_tells_something() -> None:
    """The smallest example of a bias gradient that keeps its axis has more than one output."""
    source = linear(
        ("grad.sum(0)", "grad.sum(0, keepdims=True)"), ("self.b -=", "self.b = self.b -")
    )
    (failed,) = [check for check in judged(0, source) if check.id == "bias_gradient"]
    assert failed.message == "`grad_b` has the shape (1, 3), expected (3,)."
    assert failed.evidence is not None
    assert failed.evidence.cell is not None
    assert failed.evidence.cell.endswith("print(layer.grad_b.shape)  # expected (3,)")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("pass", "`W` does not move."),
        ("self.W += self.learning_rate * self.grad_W", "`W` moves as far as it should, but the "),
        ("self.W -= 3 * self.learning_rate * self.grad_W", "The step of `W` points the right way,"),
    ],
)
def test_a_wrong_step_is_told_by_its_way(step: str, message: str) -> None:
    """Not moved, the wrong way, or not as far as it should: the message says which."""
    failed = judged(0, linear(("self.W -= self.learning_rate * self.grad_W", step)))
    assert failed[0].id == "update"
    assert failed[0].message.startswith(message)
