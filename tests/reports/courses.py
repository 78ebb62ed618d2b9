"""Results as full as they can be, made of one that is real, and a course of them."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from grader.notebook.reading import Cell, Notebook
from grader.reports.overview import Overview
from grader.results.drawings import Curve, Example
from grader.results.evidence import Evidence, Item, Worst
from grader.results.model import (
    CellResult,
    CheckResult,
    ExerciseResult,
    Grading,
    MistakeInfo,
    Note,
    Result,
    SubmissionInfo,
)
from grader.text import one_line
from tests.reports.examples import check, everything

NAMES: Final = (
    *("ada", "bob", "carol", "dmitri", "eve", "fatima", "goran", "hanna"),
    *("igor", "jun", "kwame", "lena", "mei", "noor", "olga", "pavel"),
)

# Each would run something, load something or lead somewhere if it were taken for markup.
SPOILING: Final = (
    "</script></style></title></textarea><script>window.ran = 1; alert(1)</script>"
    '<img src=x onerror="window.ran = 1; alert(2)"><svg onload="window.ran = 1">'
    '<a href="javascript:window.ran = 1">press</a><iframe srcdoc="<script>top.ran = 1</script>">'
    '<link rel=stylesheet href="http://127.0.0.1:9/x.css"><base href="http://127.0.0.1:9/">'
    '<meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">'
    '" onmouseover="window.ran = 1" style="background:url(http://127.0.0.1:9/)" ran=\''
    "{{ 7 * 7 }} {% raw %} ${window.ran = 1} `<b>code</b>` <!-- javascript:window.ran=1"
)


def complete(real: Result) -> Result:
    """Return a real result and beside it all that a longer run would have added."""
    steps = np.linspace(0, 10, 40)
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 255, (6, 28, 28), dtype=np.uint8)
    taken = ("Sandal", "Coat", None, "Trouser", "Bag", "Shirt")
    true = ("Ankle boot", "Coat", "Dress", "Trouser", "Bag", "Pullover")
    return Result.of(
        submission=real.submission,
        assignment=real.assignment,
        exercises=[*real.exercises, _trained(), _drawn(), _not_reached()],
        cells=[
            *real.cells,
            CellResult(index=30, status="error", seconds=0.4, error="NameError: name 'x'"),
            CellResult(index=32, status="timeout", seconds=61, error="stopped after 60 s"),
            CellResult(index=33, status="skipped", seconds=0, error="cell 32 did not end"),
        ],
        notes=[Note(cell=3, text="The magic `%timeit` was left out.")],
        integrity=[Note(cell=4, text="`softmax`, which the assignment provides, was changed.")],
        measures={"accuracy": 0.8512, "loss": 0.4321},
        curves=[
            Curve.of("loss", steps, np.exp(-steps / 3)),
            Curve.of("accuracy", steps, 1 - np.exp(-steps / 2)),
        ],
        examples=[
            Example.of(picture, predicted=given, true=label)
            for picture, given, label in zip(pictures, taken, true, strict=True)
        ],
        history=[
            Grading(
                date=f"2026-10-{day:02}T09:30Z",
                score=score,
                max_score=110,
                pending=6,
                sha256=str(day % 10) * 64,
            )
            for day, score in enumerate((12, 31, 31, 54, 61), start=7)
        ],
        sandbox=real.sandbox,
        versions={"python": "3.11.7", "numpy": "2.4.6", "torch": "2.14.1"},
        seconds=93.6,
    )


def _trained() -> ExerciseResult:
    expected = np.arange(12.0).reshape(3, 4)
    got = expected.copy()
    got[1, 2], got[2, 0] = 9.5, np.nan
    evidence = Evidence(
        inputs=(Item.of("x", np.ones((2, 2, 2))), Item.of("rate", 0.5)),
        expected=Item.of("W", expected),
        got=Item.of("W", got),
        worst=Worst.of((2, 0), 8.0, float("nan")),
        text="  line 3: self.W = self.W",
        cell="print(network.W)",
    )
    wrong = check(
        "failed", 12, title="The network learns.", evidence=evidence, message="It is off."
    )
    return ExerciseResult.of(id="training", title="The network", checks=[check(), wrong], cell=30)


def _drawn() -> ExerciseResult:
    waits = check("review", 6, title="Each image has its labels.", message="This needs a look.")
    return ExerciseResult.of(id="predictions", title="Predictions", checks=[waits, check()])


def _not_reached() -> ExerciseResult:
    failed = check("error", 4, title="The curve falls.", message="The grader failed here.")
    left = check("skipped", 2, title="The curve is smooth.", message="There is no curve.")
    return ExerciseResult.of(id="curves", title="Learning curves", checks=[failed, left])


def spoilt(real: Result) -> Result:
    """Return a result that holds hostile text wherever text may be, and all else of `real`."""
    bad = everything(SPOILING)
    exercises = [
        replace(each.called(_mistake()), title=f"{number} {SPOILING}")
        for number, each in enumerate(bad.exercises)
    ]
    return replace(
        bad,
        exercises=tuple(exercises),
        curves=tuple(replace(each, name=SPOILING) for each in real.curves),
        examples=tuple(
            replace(each, predicted=SPOILING, true="a" + SPOILING) for each in real.examples
        ),
        integrity=(Note(cell=1, text=SPOILING),),
        versions={SPOILING[:300]: SPOILING[:300]},
    )


def spoilt_notebook() -> Notebook:
    """Return a notebook whose source holds hostile text, in what is shown of it."""
    text = one_line(SPOILING)
    source = (
        f"# {text}\nclass Linear:\n    def forward(self, x):  # {text}\n        return {text!r}\n"
    )
    cells = (Cell(0, "a", "code", source, {}),)
    return Notebook(Path("x.ipynb"), "x", cells, {}, "0" * 64, "python")


def _mistake() -> MistakeInfo:
    return MistakeInfo(name=SPOILING, explanation=SPOILING, hint=SPOILING)


def overview(result: Result, name: str = "zoe") -> Overview:
    """Return a course of seventeen results and two files that are none, `result` being one."""
    page = Overview()
    for number, student in enumerate(NAMES):
        page.add(student, _varied(result, student, number))
    page.add(name, result)
    page.add_unusable("broken", "broken.ipynb is not a notebook. Ask for the file again.")
    page.add_unusable(f"javascript:{name}", f"{name} is not a notebook.")
    return page


def _varied(result: Result, name: str, number: int) -> Result:
    digest = sha256(name.encode()).hexdigest()

    def ended(check: CheckResult, place: int) -> CheckResult:
        right = check.status == "passed" or (number * 7 + place * 3) % 10 < number // 2
        points = check.max_points if right else 0
        update: dict[str, Any] = {
            "status": "passed" if right else "failed",
            "points": points,
            "evidence": None,
        }
        return replace(check, **update)

    exercises = [_again(each, ended) for each in result.exercises]
    return Result.of(
        submission=SubmissionInfo(name=name, path=f"hand-in/{name}.ipynb", sha256=digest),
        assignment=result.assignment,
        exercises=exercises,
        sandbox="bubblewrap",
        seconds=20 + 7 * (number * 5 % 11),
    )


def _again(
    exercise: ExerciseResult, ended: Callable[[CheckResult, int], CheckResult]
) -> ExerciseResult:
    checks = [ended(each, place) for place, each in enumerate(exercise.checks)]
    failed = any(each.status == "failed" for each in checks)
    return ExerciseResult.of(
        id=exercise.id,
        title=exercise.title,
        checks=checks,
        mistake=exercise.mistake if failed else None,
    )
