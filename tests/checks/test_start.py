"""Where a new `Linear` layer starts: judged in the test's own process, by the same check."""

from typing import Any

import numpy as np
import pytest

from grader.judging.judge import judge
from grader.subjects.reference import Reference, reference
from tests.grading import nn_from_scratch
from tests.notebooks import REFERENCE
from tests.test_right_variants import LINEAR

SMALL = "np.random.randn(in_channels, out_channels) * 0.01"


def failed(start: str, bias: str = "np.zeros(out_channels)") -> dict[str, str]:
    """Return the messages of the checks that a layer with this start fails."""
    source = LINEAR.replace(SMALL, start).replace("np.zeros(out_channels)", bias)
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)  # noqa: S102
    (linear,) = (each for each in nn_from_scratch().exercises if each.id == "linear")
    result = judge(
        linear,
        student=Reference(namespace),
        reference=reference(REFERENCE, ("Linear",)),
        submission=None,
        seed=3,
    )
    return {check.id: check.message for check in result.checks if check.status != "passed"}


@pytest.mark.parametrize(
    "start",
    [
        SMALL,
        "np.random.randn(in_channels, out_channels) * np.sqrt(2 / in_channels)",
        "np.random.uniform(-1, 1, (in_channels, out_channels)) / np.sqrt(in_channels)",
        "1e-3 * np.random.rand(in_channels, out_channels)",
        "(0.01 * np.random.randn(in_channels, out_channels)).astype(np.float32)",
        "np.random.default_rng().normal(0, 0.1, (in_channels, out_channels))",
    ],
)
def test_any_small_weights_that_differ_will_do(start: str) -> None:
    """However they are drawn, and whatever the bias is."""
    assert failed(start) == {}
    assert failed(start, "np.random.randn(out_channels)") == {}


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("np.zeros((in_channels, out_channels))", "All weights of a new layer are 0."),
        ("0.01 * np.ones((in_channels, out_channels))", "All weights of a new layer are 0.01."),
        (
            "np.repeat(0.01 * np.random.randn(in_channels, 1), out_channels, axis=1)",
            "Several outputs of a new layer start with the same weights.",
        ),
        ("np.random.randn(in_channels, out_channels)", "The weights of a new layer are large"),
        ("np.random.rand(in_channels, out_channels)", "The weights of a new layer are large"),
    ],
)
def test_a_start_from_which_nothing_is_learnt_is_told(start: str, message: str) -> None:
    """It costs its own check and no other, also where the bias does not start at 0."""
    for bias in ("np.zeros(out_channels)", "np.random.randn(out_channels)"):
        found = failed(start, bias)
        assert list(found) == ["start"]
        assert message in found["start"]
