"""How reports put points, marks and places into words, so that all of them say the same."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final, NamedTuple

from grader.i18n import _, _n, marked
from grader.results.model import CellResult, CheckResult, ExerciseResult, Result, Status
from grader.text import cell_name, one_line, quoted

PENDING: Final = {
    "review": marked("neither given nor lost"),
    "error": marked("the grader failed here, not you"),
}
QUICK: Final = marked(
    "Graded with --quick: the training was left out, and what needs it is pending."
)
OTHER_QUESTIONS: Final = marked("Official grading asks other questions.")
# Of a file that cannot be used, and where the grader failed; why is said in English, as on stderr.
REFUSED: Final = "not graded"
CELL_ENDS: Final = {
    "ok": "",
    "error": "",
    "timeout": marked("ran out of time"),
    "died": marked("ended the kernel"),
    "skipped": marked("not run"),
}


def number(points: float) -> str:
    """Return points without a needless decimal."""
    return str(int(points)) if float(points).is_integer() else str(points)


def points(value: float) -> str:
    """Return points with their unit."""
    return _n("{number} point", "{number} points", value)


def score(result: Result) -> str:
    """Return the whole score in words, with what is pending."""
    given, most = number(result.score), points(result.max_score)
    told = _("{score} of {points}", score=given, points=most)
    return f"{told}, {_pending(result.pending)}" if result.pending else told


def scope(result: Result) -> list[str]:
    """Return sentences on what this result does not tell of."""
    partly = _("Only some of the assignment's exercises were graded: the score is of these alone.")
    told = [partly] if result.partial else []
    if result.quick:
        told.append(_(QUICK))
    if result.released:
        later = result.after_submission
        other = result.pending - later
        most = points(result.max_score)
        if result.pending:
            seen = number(result.max_score - result.pending)
            parts = [
                _("The public checks decide on {number} of {points}", number=seen, points=most)
            ]
        else:
            parts = [_("The public checks decide on all {points}", points=most)]
        if later:
            parts.append(
                _n(
                    "{number} is decided after submission",
                    "{number} are decided after submission",
                    later,
                )
            )
        parts += [_pending(other)] * bool(other)
        told.append(f"{'; '.join(parts)}. {_(OTHER_QUESTIONS)}")
    return told


def _pending(value: float) -> str:
    return _("{number} pending", number=number(value))


def share(scored: Result | ExerciseResult) -> str:
    """Return a score as a fraction."""
    return f"{number(scored.score)} / {number(scored.max_score)}"


def status(exercise: ExerciseResult) -> Status:
    """Return the gravest status of an exercise's checks, `passed` where all are."""
    statuses = {check.status for check in exercise.checks}
    order: tuple[Status, ...] = ("error", "failed", "review", "skipped")
    return next((each for each in order if each in statuses), "passed")


def cost(check: CheckResult) -> str:
    """Return what a check that did not pass costs, in words."""
    if check.after_submission:
        return _("{points} pending: checked after submission", points=points(check.pending))
    if check.pending or check.status in PENDING:
        why = _(PENDING[check.status])
        return _("{points} pending: {why}", points=points(check.pending), why=why)
    if check.points:
        given, most = number(check.points), points(check.max_points)
        return _("{number} of {points} given", number=given, points=most)
    return _("{points} lost", points=points(check.lost))


def is_told(check: CheckResult) -> bool:
    """Whether there is more to tell of a check than that it passed, or was skipped."""
    return check.status in ("failed", "review", "error") or bool(check.comment)


def has_more(exercise: ExerciseResult) -> bool:
    """Whether there is more to tell of an exercise than that it passed."""
    return status(exercise) != "passed" or any(map(is_told, exercise.checks))


def skipped(exercise: ExerciseResult) -> str:
    """Return a sentence on the checks of an exercise that were skipped, "" where none was."""
    checks = [check for check in exercise.checks if check.status == "skipped"]
    if not checks:
        return ""
    told = _n("{number} check skipped", "{number} checks skipped", len(checks))
    told += f" ({_('{points} lost', points=points(sum(check.lost for check in checks)))})"
    if exercise.slips and all(check.follows for check in checks):
        why = _n("it follows from the slip.", "they follow from the slip.", len(checks))
        return f"{told}: {why}"
    if status(exercise) != "skipped":
        why = _n(
            "it builds on what did not pass above.",
            "they build on what did not pass above.",
            len(checks),
        )
        return f"{told}: {why}"
    reasons = dict.fromkeys(one_line(check.message) for check in checks if check.message)
    return f"{told}: {' '.join(reasons)}".rstrip(": ")


class SlipTold(NamedTuple):
    """What is told of a slip: where it is, what follows from it, and what leads to it."""

    place: str
    told: str
    hint: str
    mend: str


def slips(exercise: ExerciseResult) -> list[SlipTold]:
    """Return what is told of the slips of an exercise, none where none was found."""
    told = []
    for slip in exercise.slips:
        code = quoted(slip.code)
        place = _("A slip in line {line} of its cell: `{code}`", line=slip.line, code=code)
        whole = _n(
            "With this line mended, all that is checked here would be right.",
            "With these two lines mended, all that is checked here would be right.",
            len(exercise.slips),
        )
        cost = _(
            "What follows from it costs nothing, the slip itself {points}.",
            points=points(slip.price or 0),
        )
        sentences = [_(slip.about), whole, *([cost] if slip.price is not None else [])]
        # A known mistake's own hint knows more.
        hint = "" if exercise.mistake is not None else slip.hint
        told.append(SlipTold(place, " ".join(sentences), hint, slip.mend or ""))
    return told


class MistakeTold(NamedTuple):
    """What is told of a known mistake: what it is there as, and what it is."""

    label: str
    name: str
    explanation: str
    hint: str


def mistakes(exercise: ExerciseResult) -> list[MistakeTold]:
    """Return what is told of the known mistakes that an exercise looks like: none, one or two."""
    one = len(exercise.mistakes) == 1
    first = (
        _("This looks like a known mistake")
        if one
        else _("This looks like two known mistakes. The first")
    )
    labels = (first, _("The second"))
    return [
        MistakeTold(label, each.name, each.explanation, each.hint)
        for label, each in zip(labels, exercise.mistakes, strict=False)
    ]


def told_once(exercises: Iterable[ExerciseResult]) -> tuple[ExerciseResult, ...]:
    """Return exercises of one report in which no hint and no cell stands again further down."""
    told: set[str] = set()
    cells: set[str] = set()
    kept = []
    for exercise in exercises:
        told |= {one_line(each.hint) for each in exercise.mistakes}
        told |= {one_line(slip.hint) for slip in exercise.slips}
        checks = []
        for check in _shortened(exercise):
            hint = one_line(check.hint or "")
            again = replace(check, hint=None) if hint in told else check
            checks.append(_without_cells(again, cells))
            told |= {hint} - {""}
        kept.append(replace(exercise, checks=tuple(checks)))
    return tuple(kept)


def _shortened(exercise: ExerciseResult) -> Iterator[CheckResult]:
    """Yield checks; of those that fail for a slip that is told, only the first with its example."""
    shown = False
    for check in exercise.checks:
        if exercise.slips and check.follows and check.status == "failed":
            if shown:
                told = _("This follows from the slip above.")
                yield replace(check, message=told, hint=None, evidence=None)
                continue
            shown = True
        yield check


def _without_cells(check: CheckResult, told: set[str]) -> CheckResult:
    """Return a check without its cell where that is one of those `told`, which it joins."""
    evidence = check.evidence
    if evidence is None or not evidence.cell:
        return check
    if evidence.cell not in told:
        told.add(evidence.cell)
        return check
    shorter = replace(evidence, cell=None)
    return replace(check, evidence=shorter)


def measured(result: Result) -> list[tuple[str, str]]:
    """Return what was measured of the networks, by name."""
    return [(_(name), f"{float(value):.4f}") for name, value in result.measures.items()]


def measures(result: Result) -> str:
    """Return what was measured of the network, in words; "" where nothing was."""
    told = [f"{name} {value}" for name, value in measured(result)]
    return _("Measured: {told}.", told=", ".join(told)) if told else ""


def cells_that_failed(cells: Iterable[CellResult]) -> Iterator[str]:
    """Yield a line on each cell that did not run to its end; skipped ones together."""
    failed = [cell for cell in cells if cell.status != "ok"]
    for members in (list(group) for _alikeness, group in groupby(failed, key=_alike)):
        first = members[0]
        where = named(first)
        if len(members) > 1:
            where = _n(
                "{number} cell from {first} on",
                "{number} cells from {first} on",
                len(members),
                first=where,
            )
        said = [f"{where} {_(CELL_ENDS[members[0].status])}".rstrip(), members[0].error]
        yield ": ".join(part for part in said if part)


def place(index: int | None, cells: Iterable[CellResult]) -> str:
    """Return how a person is told of the cell at `index`, "" for none."""
    if index is None:
        return ""
    return next((named(cell) for cell in cells if cell.index == index), cell_name(index))


def named(cell: CellResult) -> str:
    """Return how a person is told of a cell."""
    return cell_name(cell.index, cell.begins or "", cell.count)


def _alike(cell: CellResult) -> tuple[object, ...]:
    together = cell.status == "skipped"
    return (cell.status, cell.error, None if together else cell.index)
