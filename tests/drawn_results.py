"""Results for the tests: small ones, and any that Hypothesis can draw."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.results.evidence import Evidence, Item, Worst
from grader.results.model import (
    AssignmentInfo,
    CellResult,
    CheckResult,
    ExerciseResult,
    MistakeInfo,
    Note,
    Result,
    Status,
    SubmissionInfo,
)

POINTS = st.integers(0, 40).map(lambda halves: halves / 2)
# Every character, lone surrogates included: an exception's message may hold them.
TEXTS = st.text(st.characters(), max_size=20)
NUMBERS = st.floats()
ARRAYS = hnp.arrays(
    st.sampled_from(["f8", "f4", "f2", "i8", "u1", "?", "c8", "U3"]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
VALUES = st.one_of(
    ARRAYS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | NUMBERS | TEXTS,
        lambda values: st.lists(values, max_size=4),
        max_leaves=8,
    ),
)
ITEMS = st.builds(Item.of, TEXTS, VALUES)
EVIDENCE = st.builds(
    Evidence,
    inputs=st.lists(ITEMS, max_size=2).map(tuple),
    expected=st.none() | ITEMS,
    got=st.none() | ITEMS,
    worst=st.none()
    | st.builds(Worst.of, st.lists(st.integers(0, 5), max_size=3), NUMBERS, NUMBERS),
    text=st.none() | TEXTS,
)


@st.composite
def checks(draw: st.DrawFn, name: str) -> CheckResult:
    """Draw a check of any status with points that suit it."""
    status: Status = draw(st.sampled_from(["passed", "failed", "skipped", "review", "error"]))
    most = draw(POINTS)
    given_points = {"passed": most, "failed": min(most, draw(POINTS))}
    return CheckResult(
        id=name,
        title=draw(TEXTS),
        status=status,
        points=given_points.get(status, 0),
        max_points=most,
        message=draw(TEXTS),
        evidence=draw(st.none() | EVIDENCE),
        mistake=draw(st.none() | TEXTS),
        hint=draw(st.none() | TEXTS),
    )


@st.composite
def exercises(draw: st.DrawFn, name: str) -> ExerciseResult:
    """Draw an exercise of up to three checks."""
    drawn = [draw(checks(str(i))) for i in range(draw(st.integers(0, 3)))]
    info = st.builds(MistakeInfo, name=TEXTS, explanation=TEXTS, hint=TEXTS)
    mistake = draw(st.none() | info)
    return ExerciseResult.of(
        id=name,
        title=draw(TEXTS),
        checks=drawn,
        mistake=mistake,
        other_mistake=None if mistake is None else draw(st.none() | info),
    )


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Draw a result with everything that it may hold."""
    statuses = st.sampled_from(["ok", "error", "timeout", "died", "skipped"])
    seconds = st.floats(0, 1e6)
    cell = st.builds(
        CellResult,
        index=st.integers(0, 99),
        status=statuses,
        seconds=seconds,
        error=st.none() | TEXTS,
    )
    note = st.builds(Note, cell=st.none() | st.integers(0, 99), text=TEXTS)
    return Result.of(
        submission=SubmissionInfo(name=draw(TEXTS), path=draw(TEXTS), sha256="0f" * 32),
        assignment=AssignmentInfo(name=draw(TEXTS), title=draw(TEXTS), version=draw(TEXTS)),
        exercises=[draw(exercises(str(i))) for i in range(draw(st.integers(0, 2)))],
        cells=draw(st.lists(cell, max_size=2)),
        notes=draw(st.lists(note, max_size=2)),
        measures=draw(st.dictionaries(TEXTS, NUMBERS, max_size=3)),
        sandbox=draw(TEXTS),
        seconds=draw(seconds),
        partial=draw(st.booleans()),
    )


def check(name: str = "forward", status: Any = "passed", points: float = 2) -> CheckResult:
    """Return a check worth two points."""
    return CheckResult(id=name, title="It works.", status=status, points=points, max_points=2)


def result(*of: CheckResult) -> Result:
    """Return the result of one exercise with these checks."""
    return Result.of(
        submission=SubmissionInfo(name="a.ipynb", path="hand-in/a.ipynb", sha256="0" * 64),
        assignment=AssignmentInfo(name="nn", title="Networks", version="1"),
        exercises=[ExerciseResult.of(id="linear", title="Linear", checks=of)],
        sandbox="none",
        seconds=1.5,
    )
