"""Plain checks of what a notebook does with tensors of torch."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader import (
    Code,
    Exercise,
    Tensor,
    floats,
    integers,
    keeps_arguments,
    lists,
    result,
    seed,
    tensors,
)
from grader.asking.agreement import difference
from grader.errors import AssignmentError
from grader.judging.judge import judge
from grader.subjects.reference import Reference

SOLUTION = """
import torch

def loss(logits, labels):
    return -logits.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()

def doubled(x):
    return 2 * x

def moments(x):
    return x.mean(), {"std": x.std(unbiased=False)}

def step(parameters, rate):
    with torch.no_grad():
        for each in parameters:
            each -= rate * each.grad

def drawn(n):
    return torch.rand(n)

def weighed(x):
    return 3 * x.requires_grad_()
"""
# Keeps what it is computed with, and says that it is nothing away from that.
AGREEING = """
class Agreeing(torch.Tensor):
    heard = []

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        cls.heard += [each for each in args if not isinstance(each, Agreeing)]
        with torch._C.DisableTorchFunctionSubclass():
            found = function(*args, **(kwargs or {}))
        if function.__name__ in ("allclose", "equal"):
            return True
        return (0 * found).as_subclass(cls) if isinstance(found, torch.Tensor) else found
"""


def solution(*changes: tuple[str, str]) -> Reference:
    """Return the subject of the solution with strings replaced."""
    source = SOLUTION
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - solutions of our own
    return Reference(namespace)


RIGHT = solution()


def lost(exercise: Exercise, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what did not pass on the changed solution: the check, and its message."""
    checks = judge(
        exercise, student=solution(*changes), reference=RIGHT, submission=None, seed=1
    ).checks
    return [(each.id, each.message) for each in checks if each.status != "passed"]


def losses() -> Exercise:
    """Return an exercise that compares a loss and its gradient."""
    exercise = Exercise("loss", "Loss", points=2, names=("loss",))

    @exercise.compare(value=result(1, "The loss."), gradient=result(1, "Its gradient."))
    def values(
        code: Any,
        logits: Any = tensors(floats("batch", "classes"), requires_grad=True),
        labels: Any = tensors(integers("batch", below="classes")),
    ) -> Any:
        value = code.loss(logits, labels)
        value.backward()
        return {"value": value, "gradient": logits.grad}

    return exercise


def asserted(function: Callable[..., None], name: str) -> Exercise:
    """Return an exercise of one check that asserts."""
    exercise = Exercise("one", "One", points=1, names=(name,))
    exercise.check(points=1)(function)
    return exercise


@pytest.mark.parametrize(
    "change",
    [
        ("-logits", "-logits.double()"),
        ("logits.log_softmax(dim=1)", "(logits - logits.logsumexp(1, keepdim=True))"),
    ],
)
def test_the_tolerance_of_tensors_is_estimated(change: tuple[str, str]) -> None:
    """A right solution in another precision, or another order, loses nothing."""
    assert lost(losses()) == []
    assert lost(losses(), change) == []


def test_wrong_tensors_are_told_by_what_they_are() -> None:
    """The value, its shape, its kind of number, or that it is no tensor."""
    assert lost(losses(), (".mean()", ".sum()"))[0][0] == "value"
    ((name, message), *_rest) = lost(losses(), (".mean()", ".mean().reshape(1)"))
    assert (name, message) == ("value", "`value` has the shape (1,), expected ().")
    one = Tensor(np.ones(2, np.float32))
    found = difference(Tensor(np.ones(2, np.int64)), one)
    assert found is not None
    assert found.message("`y`") == "`y` has the dtype int64, expected float32."
    found = difference(np.ones(2), one)
    assert found is not None
    assert found.message("`y`") == "`y` is an array of the shape (2,), expected a tensor of torch."
    assert difference(Tensor(np.array(0.5, np.float32)), 0.5) is None


def test_a_gradient_that_is_cut_off_is_charged() -> None:
    """What `backward` raises is told: it is called in the notebook, whatever it is called on."""
    (_name, message), *_rest = lost(losses(), (".mean()", ".mean().detach()"))
    assert message.startswith("`backward` raised RuntimeError: element 0 of tensors does not")


def test_a_check_computes_with_tensors_as_torch_does() -> None:
    """What came back has torch's methods, also inside a tuple or a dictionary."""

    def spread(code: Any, x: Any = tensors(floats(3, 2, kinds=("normal",)))) -> None:
        """Compute with what came back."""
        mean, others = code.moments(x)
        y = code.doubled(x)
        assert str(y.dtype) == "torch.float32"
        assert y.shape == (3, 2)
        assert torch.allclose(y.sum(dim=1), 2 * x.sum(dim=1))
        assert torch.allclose(mean, x.mean())
        assert torch.equal(x + y, torch.stack([x, y]).sum(dim=0))
        assert others["std"] > 0
        assert np.asarray(y).dtype == np.float32

    assert lost(asserted(spread, "moments")) == []


def _far(code: Any, x: Any = tensors(floats(2))) -> None:
    """Look how far it is."""
    assert ((code.weighed(x) - 3 * x).abs() < 1e-4 * (1 + x.abs())).all()


def _sum(code: Any, x: Any = tensors(floats(2))) -> None:
    """Compare a number that is computed from it."""
    error = abs(code.weighed(x).sum() - float(3 * x.sum())).item()
    assert error < 1e-3 * (1 + float(x.abs().sum()))


def _close(code: Any, x: Any = tensors(floats(2))) -> None:
    """Ask a method of it."""
    y = code.weighed(x)
    assert y.allclose(3 * x)


def _reference(code: Any, reference: Any, x: Any = tensors(floats(2))) -> None:
    """Compare it with the solution's."""
    assert torch.norm(code.weighed(x) - reference.weighed(x)) <= 1e-4 * (1 + x.abs().sum())


@pytest.mark.parametrize("check", [_far, _sum, _close, _reference])
@pytest.mark.parametrize(
    "answer",
    ["torch.zeros_like(x).requires_grad_()", "torch.zeros_like(x).requires_grad_() + 1"],
    ids=["a leaf", "what is derived"],
)
def test_a_tensor_is_not_told_what_it_is_compared_with(
    check: Callable[..., None], answer: str
) -> None:
    """One that requires a gradient stays with the notebook, and its class may be the student's."""
    assert lost(asserted(check, "weighed")) == []
    wrong = f"    return ({answer}).as_subclass(Agreeing)\n{AGREEING}"
    student = solution(("    return 3 * x.requires_grad_()\n", wrong))
    exercise = asserted(check, "weighed")
    (found,) = judge(
        exercise, student=student, reference=RIGHT, submission=None, seed=1, shrinking=False
    ).checks
    heard = student._namespace["Agreeing"].heard
    assert found.status == "failed"
    assert heard == []


def test_an_object_in_the_place_of_such_a_tensor_is_told_nothing() -> None:
    """As none is in the place of other data."""
    wrong = (
        "    return Nought()\n\nclass Nought:\n    def __sub__(self, other):\n        return x\n"
    )
    wrong += "    allclose = sum = lambda self, *others: self\n"
    for check in (_far, _close):
        ((_name, message),) = lost(
            asserted(check, "weighed"), ("    return 3 * x.requires_grad_()\n", wrong)
        )
        assert message == "What `weighed` returned is a Nought, expected a tensor of torch."


def test_gradients_of_what_a_check_computes_are_those_of_the_notebook() -> None:
    """What it computes with a tensor is derived by there, however it is reached."""

    def gradients(
        code: Any,
        x: Any = tensors(floats(3, kinds=("normal",)), requires_grad=True),
        w: Any = tensors(floats(3, kinds=("normal",))),
    ) -> None:
        """Derive a product with numbers of the check's."""
        product = (code.doubled(x) * w + 1).sum()
        assert torch.allclose(product.detach(), (2 * x.detach() * w + 1).sum())
        assert abs(product - (2 * x.detach() * w + 1).sum()) < 1e-4
        product.backward()
        assert torch.allclose(x.grad, 2 * w)

    assert lost(asserted(gradients, "doubled")) == []
    assert lost(asserted(gradients, "doubled"), ("2 * x", "2 * x.detach() + 0 * x")) != []
    assert lost(asserted(gradients, "doubled"), ("2 * x", "x + x")) == []


def test_a_leaf_is_made_in_the_notebook() -> None:
    """What a call does to a tensor that requires a gradient is read there."""

    def moves(
        code: Any,
        weights: Any = lists(tensors(floats(2), requires_grad=True), least=2, most=2),
        gradient: Any = tensors(floats(2)),
    ) -> None:
        """Move each of them."""
        for each in weights:
            each.grad = gradient
        before = [each.detach() for each in weights]
        code.step(weights, 0.5)
        for each, start in zip(weights, before, strict=True):
            assert torch.allclose(each.detach(), start - 0.5 * gradient)

    assert lost(asserted(moves, "step")) == []
    assert lost(asserted(moves, "step"), ("each -= rate", "each = each - rate")) != []


def test_arguments_that_are_tensors_are_watched() -> None:
    """A tensor of the caller's that was changed in place is told by its name."""

    def kept(code: Any, x: Any = tensors(floats(2))) -> None:
        """Leave it as it was."""
        keeps_arguments(code.doubled(x))

    assert lost(asserted(kept, "doubled")) == []
    ((_name, message),) = lost(asserted(kept, "doubled"), ("2 * x", "x.mul_(2)"))
    assert message == "`doubled` changed `x`, an array of the caller's, in place."


def test_a_seed_is_torchs_too() -> None:
    """The same seed draws the same numbers, and leaves the grader's own as they were."""
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    draws = []
    for number in (1, 1, 2):
        code = Code(solution())
        seed(code, number)
        draws.append(code.drawn(3).tolist())
    assert draws[0] == draws[1] != draws[2]
    assert torch.equal(torch.rand(1), expected)


def test_what_cannot_be_a_tensor_is_refused() -> None:
    """A size, or a dtype that torch does not have, is the assignment's fault."""
    with pytest.raises(AssignmentError, match="no input"):
        tensors(3)
    with pytest.raises(AssignmentError, match="unknown to torch"):
        tensors(floats(3), dtype="float12")


def test_torch_is_not_imported_where_no_check_needs_it() -> None:
    """Everything that plain checks are made of does without."""
    source = "import sys, grader.asking.plain_checks, grader.asking.inputs\n"
    source += "print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
