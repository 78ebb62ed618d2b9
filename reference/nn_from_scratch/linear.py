"""The exercise `linear`: the layer y = x @ W + b, its gradients and its step.

A check needs another only where its question is meaningless without it, so that what is wrong is
charged once.
"""

import numpy as np

from grader.assignment import Exercise, any_of
from grader.cases import Subject
from grader.checks.compare import agrees, array, close, proportional, same_shape, unchanged
from grader.checks.differences import gradient
from grader.scenario import Call, Make, Scenario
from grader.verdicts import CheckFailed, answer

from .linear_cases import OTHER_RATE, USUAL_RATE, LinearCase

linear = Exercise("linear", "The Linear layer", points=40, names=("Linear",))


def forward_magnitude(case: LinearCase) -> np.ndarray:
    """Return the sum of the absolute terms of each output, (batch, n_out)."""
    return np.asarray(np.abs(case.x) @ np.abs(case.weights) + np.abs(case.bias))


@linear.check(points=1)
def forward_shape(student: Subject, case: LinearCase) -> None:
    """`forward` returns an array of shape (batch, out_channels)."""
    y = array(student.answer(case.forward_without_bias), "y", what="What `forward` returned")
    same_shape(y, (case.batch, case.n_out), what="What `forward` returned")


@linear.check(points=5, needs=forward_shape)
def forward_weights(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`forward` multiplies the input with the weights (here b = 0)."""
    close(
        array(student.answer(case.forward_without_bias), "y"),
        array(reference.answer(case.forward_without_bias), "y"),
        what="y",
        terms=case.n_in,
        magnitude=forward_magnitude(case),
        hint="With b = 0, how does one output depend on one row of x and one column of W?",
    )


@linear.check(points=3, needs=forward_shape)
def forward_bias(student: Subject, case: LinearCase) -> None:
    """`forward` adds the bias to every row."""
    with_bias = array(student.answer(case.forward), "y")
    without = array(student.answer(case.forward_without_bias), "y")
    same_shape(with_bias, without.shape, what="What `forward` returned")
    close(
        with_bias - without,
        np.broadcast_to(case.bias, (case.batch, case.n_out)),
        what="What b adds to y",
        terms=case.n_in,
        magnitude=forward_magnitude(case),
        hint="What should a zero input give?",
    )


def own_gradient(student: Subject, case: LinearCase, which: str) -> np.ndarray | None:
    """Return the gradient by finite differences of the student's own forward.

    None where it is zero or cannot be had: then it says nothing.
    """
    question = case.varied(which)
    transcript = student.answer(question)
    if transcript.failure is not None:
        return None
    shape = {"x": case.x, "W": case.weights, "b": case.bias}[which].shape
    outputs = [array(transcript, f"y{index}") for index in range(4 * int(np.prod(shape)))]
    if any(output.shape != case.upstream.shape for output in outputs):
        return None
    found = gradient(outputs, case.upstream, shape)
    return found if np.any(found) and np.all(np.isfinite(found)) else None


def right_gradients(
    student: Subject, reference: Subject, case: LinearCase, which: str
) -> list[np.ndarray]:
    """Return what a gradient may be: the reference's, and that of the student's own forward."""
    name = {"x": "grad_x", "W": "grad_W", "b": "grad_b"}[which]
    question = case.frozen if which == "x" else case.step
    expected = array(reference.answer(question), name)
    got = array(student.answer(question), name)
    if agrees(got, expected, terms=10, magnitude=magnitude(case, which)):
        return [expected]
    own = own_gradient(student, case, which)
    return [expected] if own is None else [expected, own]


def magnitude(case: LinearCase, which: str) -> np.ndarray:
    """Return the sum of the absolute terms of a gradient's elements, of the gradient's shape."""
    if which == "x":
        return np.asarray(np.abs(case.upstream) @ np.abs(case.weights.T))
    if which == "W":
        return np.asarray(np.abs(case.x.T) @ np.abs(case.upstream))
    return np.asarray(np.abs(case.upstream).sum(axis=0))


def require(student: Subject, reference: Subject, case: LinearCase, which: str) -> None:
    """Require that a gradient is exactly one of the right ones."""
    name = {"x": "grad_x", "W": "grad_W", "b": "grad_b"}[which]
    question = case.frozen if which == "x" else case.step
    got = array(student.answer(question), name, what=f"`{name}`")
    candidates = right_gradients(student, reference, case, which)
    if any(agrees(got, each, terms=10, magnitude=magnitude(case, which)) for each in candidates):
        return
    close(got, candidates[0], what=name, terms=10, magnitude=magnitude(case, which))


def require_direction(student: Subject, reference: Subject, case: LinearCase, which: str) -> None:
    """Require that a gradient is one of the right ones, times any number but zero."""
    name = {"W": "grad_W", "b": "grad_b"}[which]
    got = array(student.answer(case.step), name, what=f"`{name}`")
    candidates = right_gradients(student, reference, case, which)
    failed = None
    for expected in candidates:
        try:
            proportional(got, expected, what=name, terms=10, magnitude=magnitude(case, which))
        except CheckFailed as error:
            failed = failed or error
        else:
            return
    if failed is not None:
        raise failed


@linear.check(points=4)
def weight_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` points in the direction of the loss's gradient, whatever its length."""
    require_direction(student, reference, case, "W")


@linear.check(points=3, needs=weight_gradient_direction)
def weight_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` is the gradient of the loss with respect to W."""
    try:
        require(student, reference, case, "W")
    except CheckFailed as failed:
        raise _with_ratio(failed, student, reference, case, "W") from None


@linear.check(points=2)
def bias_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` points in the direction of the loss's gradient, whatever its length."""
    require_direction(student, reference, case, "b")


@linear.check(points=2, needs=bias_gradient_direction)
def bias_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` is the gradient of the loss with respect to b, of the shape (out_channels,)."""
    got = array(student.answer(case.step), "grad_b", what="`grad_b`")
    if got.shape != case.bias.shape and got.size == case.bias.size:
        raise CheckFailed(
            f"`grad_b` has the shape {got.shape}, expected {case.bias.shape}.",
            hint="The numbers may be right. Print `layer.b.shape` before and after one `backward`.",
        )
    try:
        require(student, reference, case, "b")
    except CheckFailed as failed:
        raise _with_ratio(failed, student, reference, case, "b") from None


def _with_ratio(
    failed: CheckFailed, student: Subject, reference: Subject, case: LinearCase, which: str
) -> CheckFailed:
    """Return the failure with what the ratio of got to expected looks like."""
    name = f"grad_{which}"
    got = array(student.answer(case.step), name)
    expected = array(reference.answer(case.step), name)
    nonzero = np.abs(expected) > 0
    if got.shape != expected.shape or not np.any(nonzero):
        return failed
    ratio = float(np.median(got[nonzero] / expected[nonzero]))
    if np.isclose(ratio, 1 / case.batch) and case.batch > 1:
        return CheckFailed(
            f"`{name}` has the right direction, but is {case.batch} times too small, and "
            f"{case.batch} is the batch size.",
            failed.evidence,
            "What has already been divided before the gradient reaches you?",
        )
    if np.isclose(ratio, -1):
        return CheckFailed(
            f"`{name}` has the right length, but the opposite sign.",
            failed.evidence,
            "Does the sign belong into the gradient or into the step?",
        )
    return CheckFailed(
        f"`{name}` has the right direction, but is {ratio:.4g} times what it should be.",
        failed.evidence,
        failed.hint,
    )


@linear.check(points=6)
def input_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` returns the gradient with respect to the input (here with learning rate 0)."""
    got = array(student.answer(case.frozen), "grad_x", what="What `backward` returned")
    if got.shape != case.x.shape:
        raise CheckFailed(
            f"x is {case.x.shape}, and the gradient that `backward` returned is {got.shape}.",
            hint="What connects these two shapes?",
        )
    try:
        require(student, reference, case, "x")
    except CheckFailed as failed:
        if np.array_equal(got, case.upstream):
            raise CheckFailed(
                "`backward` returned the gradient that it was given, of the shape "
                "(batch, out_channels). x has the shape (batch, in_channels).",
                failed.evidence,
                "What connects these two shapes?",
            ) from None
        raise


@linear.check(points=3, needs=input_gradient)
def input_gradient_before_update(student: Subject, case: LinearCase) -> None:
    """`backward` computes what it returns from the weights as they were before its own step."""
    close(
        array(student.answer(case.large_step), "grad_x", what="What `backward` returned"),
        array(student.answer(case.frozen), "grad_x"),
        what=f"What `backward` returned with learning rate {OTHER_RATE}",
        terms=10,
        magnitude=magnitude(case, "x"),
        hint=f"It is right with learning rate 0 and wrong with {OTHER_RATE}. "
        "When does `backward` read W, and when does it change it?",
    )


def require_step(
    student: Subject, reference: Subject, case: LinearCase, rate: float, hint: str
) -> None:
    """Require that W and b moved by `rate` times their gradients, the layer's own or the right."""
    question = case.step if rate == USUAL_RATE else case.large_step
    mine, right = student.answer(question), reference.answer(question)
    for name, before in (("W", case.weights), ("b", case.bias)):
        after = array(mine, name, what=f"`{name}`")
        after = after.reshape(before.shape) if after.size == before.size else after
        bound = np.abs(before) + np.abs(magnitude(case, name))
        own = array(mine, f"grad_{name}", what=f"`grad_{name}`")
        own = own.reshape(before.shape) if own.size == before.size else own
        allowed = [before - rate * own] if own.shape == before.shape else []
        allowed.append(before - rate * array(right, f"grad_{name}"))
        if not any(agrees(after, each, terms=10, magnitude=bound) for each in allowed):
            close(after, allowed[0], what=name, terms=10, magnitude=bound, hint=hint)


# A layer without any gradient has no backward pass to ask more about.
WORKS_BACKWARD = any_of(weight_gradient_direction, bias_gradient_direction)


@linear.check(points=4, needs=WORKS_BACKWARD)
def update(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` moves W and b one step against their gradients (learning rate 0.1)."""
    hint = "Compare W before and after one `backward`: which way did it move, and how far?"
    require_step(student, reference, case, USUAL_RATE, hint)


@linear.check(points=2, needs=update)
def learning_rate_used(student: Subject, reference: Subject, case: LinearCase) -> None:
    """The step has the length that the layer's own learning rate says."""
    hint = f"This layer has the learning rate {OTHER_RATE}. Where does your step get its size?"
    require_step(student, reference, case, OTHER_RATE, hint)


@linear.check(points=2, needs=weight_gradient_direction)
def second_call(student: Subject, case: LinearCase) -> None:
    """A second pass uses the newer input, and its gradients replace the older ones."""
    fresh, used = student.answer(case.once), student.answer(case.twice)
    for name in ("grad_W", "grad_b"):
        close(
            array(used, name, what=f"`{name}`"),
            array(fresh, name, what=f"`{name}`"),
            what=f"{name} after a second pass",
            terms=10,
            magnitude=magnitude(case, "W") if name == "grad_W" else magnitude(case, "b"),
            hint="A fresh layer gives another gradient for this input than one that has already "
            "seen a batch. What is left over from the first?",
        )


@linear.check(points=1, needs=(forward_weights, WORKS_BACKWARD))
def arguments_unchanged(student: Subject, case: LinearCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    transcript = student.answer(case.frozen)
    answer(transcript, "grad_x")
    unchanged(transcript, {"y": "x", "grad_x": "grad"})


# Rows by which the larger batch of `vectorised` exceeds the smaller. Vectorised code executes
# the same instructions for both; a loop over rows at least one more for each of them.
EXTRA_ROWS = 56


@linear.check(points=2, needs=(forward_weights, WORKS_BACKWARD))
def vectorised(student: Subject) -> None:
    """The layer handles a batch as a whole, without a Python loop over its rows."""
    work = [_work(student, rows) for rows in (8, 8 + EXTRA_ROWS)]
    if work[1] - work[0] >= EXTRA_ROWS:
        raise CheckFailed(
            f"The values are right, but the work grows with every row: {work[0]} instructions "
            f"for 8 rows, {work[1]} for {8 + EXTRA_ROWS}.",
            hint="Which operation handles all rows at once?",
        )


def _work(student: Subject, rows: int) -> int:
    random = np.random.default_rng(rows)
    transcript = student.answer(
        Scenario(
            Make("layer", "Linear", [5, 3]),
            Call("y", "layer", "forward", [random.standard_normal((rows, 5))], counted=True),
            Call("grad_x", "layer", "backward", [random.standard_normal((rows, 3))], counted=True),
        )
    )
    return sum(answer(transcript, name).work or 0 for name in ("y", "grad_x"))
