"""Results to report, and what a pipe gets of them."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from rich.console import Console

from grader import models
from grader.reports.terminal import show
from grader.results.evidence import Code, Evidence, Item, Worst
from grader.results.model import (
    AssignmentInfo,
    CellResult,
    CheckResult,
    ExerciseResult,
    Note,
    Result,
    SubmissionInfo,
)

HOSTILE = "[bold]x[/bold]\x1b[2J\x1b]0;t\x07\r\n:smile: [/] \u202e\ud800 [link=http://x]"
CONTROLS = {chr(code) for code in [*range(32), *range(127, 160)]} - {"\n"}
TEXTS = st.text(st.characters(), max_size=30)


def check(status: str = "passed", points: float = 4, **fields: Any) -> CheckResult:
    """Return a check that was given all or none of `points`."""
    defaults = {
        "id": f"{status}-{fields.get('title', '')}",
        "title": "It works.",
        "status": status,
        "points": points if status == "passed" else 0,
        "max_points": points,
    }
    return models.made(CheckResult, defaults | fields)


def exercise(*checks: CheckResult, name: str = "linear", title: str = "Linear") -> ExerciseResult:
    """Return an exercise with these checks."""
    return ExerciseResult.of(id=name, title=title, checks=checks)


def result(*exercises: ExerciseResult, name: str = "alice.ipynb", **fields: Any) -> Result:
    """Return the result of these exercises."""
    defaults: dict[str, Any] = {
        "submission": SubmissionInfo(name=name, path=f"hand-in/{name}", sha256="0" * 64),
        "assignment": AssignmentInfo(name="nn", title="Networks", version="1"),
        "sandbox": "bubblewrap",
        "seconds": 12.3,
    }
    return Result.of(exercises=exercises, **(defaults | fields))


def compared(expected: object, got: object, worst: Worst | None = None) -> CheckResult:
    """Return a failed check that shows these two values."""
    evidence = Evidence(expected=Item.of("y", expected), got=Item.of("y", got), worst=worst)
    return check("failed", message="The values are wrong.", evidence=evidence)


def shown(graded: Result, width: int = 80) -> str:
    """Return what a pipe gets."""
    file = io.StringIO()
    show(graded, Console(file=file, width=width))
    return file.getvalue()


def flat(text: str) -> str:
    """Return `text` with every space and line end as one space."""
    return " ".join(text.split())


def everything(text: str) -> Result:
    """Return a result that holds `text` wherever text may be."""
    item = Item.of(text, text)
    array = Item.of(text, np.array([text, text]))
    worst = Worst.of((0,), 1, 2)
    evidence = Evidence(inputs=(item, array), expected=array, got=item, worst=worst, text=text)
    evidence = replace(evidence, code=Code(name="Linear", method="forward"))
    checks = [
        check(status, id=status, title=text, message=text, hint=text, evidence=evidence)
        for status in ("failed", "review", "error", "skipped")
    ]
    skipped = exercise(check("skipped", message=text), name="0" + text, title=text)
    return result(
        exercise(*checks, name=text, title=text),
        skipped,
        submission=SubmissionInfo(name=text, path=text, sha256="0" * 64),
        assignment=AssignmentInfo(name=text, title=text, version=text),
        cells=[CellResult(index=1, status="error", seconds=1, error=text)],
        notes=[Note(cell=1, text=text), Note(text=text)],
        sandbox=text,
    )
