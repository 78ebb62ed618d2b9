"""How much of a result its reader gets to see.

Each check, each assignment and each run may set a level, and the lowest of them holds. What a
level withholds is taken out of the result before any report is written, so that it is in no file;
points that are withheld still count.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum
from typing import Any, Final

from grader.i18n import _, marked
from grader.results.model import CheckResult, ExerciseResult, Result, Status


class Feedback(IntEnum):
    """What is told of a check: each level tells what the ones before it do, and more."""

    SCORE = 0
    """Nothing: its points are in the sum of the exercise."""
    VERDICTS = 1
    """Whether it passed."""
    HINTS = 2
    """A hint, and the name of a known mistake."""
    EVERYTHING = 3
    """What is wrong, with the smallest example and a cell that reproduces it."""
    STAFF = 4
    """Everything, whatever the checks say, and notes on integrity: for instructors."""

    @classmethod
    def named(cls, name: str) -> "Feedback":
        """Return the level of this name, in lower case. Raises KeyError where there is none."""
        return cls[name.upper()]


NAMES: Final = tuple(level.name.lower() for level in Feedback)

_DECIDED: Final = ("hidden", marked("Checks that are not shown"))
_PENDING: Final = ("hidden_pending", marked("Checks that are not shown, for a person to look at"))


def shown(result: Result, level: Feedback) -> Result:
    """Return what a reader at this level sees of `result`, which is whole."""
    if level is Feedback.STAFF:
        return result
    exercises = tuple(_exercise(each, level) for each in result.exercises)
    # It counts what checks that are not shown have asked.
    kept: dict[str, Any] = {
        "exercises": exercises,
        "stopped": 0,
        "contended": False,
        "integrity": (),
    }
    if level is Feedback.SCORE:
        kept |= {"cells": (), "notes": (), "measures": {}}
        kept |= {"curves": (), "examples": ()}
    return replace(result, **kept)


def _exercise(exercise: ExerciseResult, run: Feedback) -> ExerciseResult:
    levels = {check.id: min(run, Feedback.named(check.feedback)) for check in exercise.checks}
    open_ = [_check(each, levels[each.id]) for each in exercise.checks if levels[each.id]]
    hidden = [each for each in exercise.checks if not levels[each.id]]
    failed = [levels[check.id] for check in exercise.checks if check.status == "failed"]
    named = min(failed, default=run) >= Feedback.HINTS
    if not named:
        open_ = [replace(each, mistake=None) for each in open_]
    elif exercise.mistake is not None:
        open_ = [_without_hint(each) if each.mistake else each for each in open_]
    withheld: dict[str, Any] = {"mistake": None, "other_mistake": None, "slips": ()}
    return exercise.with_checks([*open_, *_merged(hidden)], **({} if named else withheld))


def _check(check: CheckResult, level: Feedback) -> CheckResult:
    """Return a check at one of the levels that show it."""
    if level is Feedback.EVERYTHING:
        return check
    withheld: dict[str, Any] = {"message": "", "evidence": None}
    if level is Feedback.VERDICTS:
        withheld |= {"hint": None, "mistake": None}
    return replace(check, **withheld)


def _without_hint(check: CheckResult) -> CheckResult:
    """Return a check of a known mistake, whose own hint says it all."""
    return replace(check, hint=None)


def _merged(hidden: Iterable[CheckResult]) -> list[CheckResult]:
    """Return the checks that are not shown as one, and one more for those that are pending."""
    merged = []
    for (id_, title), pending in ((_DECIDED, False), (_PENDING, True)):
        some = [each for each in hidden if bool(each.status in ("review", "error")) is pending]
        if not some:
            continue
        points, most = sum(each.points for each in some), sum(each.max_points for each in some)
        decided: Status = "passed" if points == most else "failed"
        merged.append(
            CheckResult(
                id=id_,
                title=_(title),
                status="review" if pending else decided,
                points=points,
                max_points=most,
                feedback="score",
                after_submission=pending and all(each.after_submission for each in some),
            )
        )
    return merged
