"""For which known mistakes a mend is found, in how many seconds, and whether in the right line.

    python -m benchmarks.mending nn_from_scratch

Each known mistake is handed in as it is: the reference with its change. It is asked in this
process, since nobody's code is run that is not the assignment's.
"""

import argparse
import linecache
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.no_slips import no_slips
from grader.agent.amending import amend
from grader.agent.perform import Performance
from grader.agent.wire.limits import WireError
from grader.assignment.loading import load
from grader.assignment.mistakes import Mistake, catalogue
from grader.assignment.model import Assignment, Exercise
from grader.judging.judges import judge_for
from grader.mending.definitions import definitions
from grader.mending.guessing import ANEW, apart
from grader.mending.search import Asked, Mend, found, mended
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import Notebook, read
from grader.scenario import Scenario, Stopped, Transcript, from_answer
from grader.subjects.reference import cells, quietly
from grader.subjects.wire_copy import passed

# An edit may have made an endless loop of what it edits.
SECONDS = 1.0


@dataclass(frozen=True)
class Found:
    """What was found for one mistake: the mend if any, the lines changed, and the time in s."""

    mistake: Mistake
    mend: Mend | None
    seconds: float
    right: bool


class Watched:
    """Answers by what `sources` define, edits of it included, and ends what takes too long."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._namespace: dict[str, Any] = {"__name__": "__main__"}
        with quietly():
            for number, source in enumerate(sources):
                # The line that raises is told from there, as in a notebook.
                name = f"<cell {number}>"
                linecache.cache[name] = (len(source), None, source.splitlines(True), name)
                exec(compile(source, name, "exec"), self._namespace)  # noqa: S102 - the assignment's own

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            with quietly():
                answers = Performance(self._namespace, {"amend": amend}).run(passed(scenario.plain))
            return Transcript(scenario, tuple(from_answer(each) for each in passed(answers)))
        except WireError:
            # An edit may have made an answer of what never ends.
            return Transcript(scenario, (Stopped("its answers are too large"),))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


@dataclass
class Once:
    """Puts each question to `subject` once, as a student's process is asked."""

    subject: Watched
    answers: dict[str, Transcript] = field(default_factory=dict)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        if scenario.key not in self.answers:
            self.answers[scenario.key] = self.subject.answer(scenario)
        return self.answers[scenario.key]


def handed_in(notebook: Notebook, mistake: Mistake) -> tuple[Notebook, set[tuple[int, int]]]:
    """Return the notebook with a mistake in it, and the cell and number of each line changed."""
    changed, lines = [*notebook.cells], set()
    for old, new in mistake.changes:
        for index, cell in enumerate(changed):
            if cell.kind == "code" and old in cell.source:
                start = cell.source.index(old)
                changed[index] = replace(cell, source=cell.source.replace(old, new))
                first = cell.source.count("\n", 0, start) + 1
                lines |= {
                    (index, first + number)
                    for number in _differing(old.splitlines(), new.splitlines())
                }
    return replace(notebook, cells=tuple(changed)), lines


def _differing(old: list[str], new: list[str]) -> list[int]:
    """Return the indices of the lines of `new` that are not those of `old`; never none."""
    same = {line.strip() for line in old}
    other = [index for index, line in enumerate(new) if line.strip() not in same]
    return other or list(range(max(1, len(new))))


def tried(assignment: Assignment, exercise: Exercise, mistake: Mistake) -> Found | None:
    """Return what is found for a mistake, None where it is given as other code and not as edits."""
    if mistake.code:
        return None
    notebook = read(assignment.reference)
    wrong, lines = handed_in(notebook, mistake)
    judge, seed = judge_for(assignment), assignment.config.seed
    student = Watched(mistake.applied(cells(assignment.reference, exercise.names)))
    result = judge.points(exercise, student, seed)
    cell_map = CellMap(wrong)
    defined = definitions(wrong, cell_map, exercise.names, notebook)
    if defined is None:
        return Found(mistake, None, 0.0, right=False)
    names = frozenset(name for cell in cell_map.names.values() for name in cell.binds)
    last = apart(seed, exercise.id, 1)
    # A course draws them once.
    for kind in {check.case for check in exercise.checks if check.case is not None}:
        for drawn in (seed ^ ANEW, last):
            judge.cases(kind, drawn)
    started = time.process_time()
    failed = frozenset(check.id for check in result.checks if check.status == "failed")
    asked = Asked(exercise, judge, seed, names, lambda: Once(student), failed)
    steps = found(asked, defined, result)
    mend = mended(asked, defined, steps, last) if steps else None
    seconds = time.process_time() - started
    right = mend is not None and any(
        (slip.part.cell, slip.part.numbers[slip.edit.at]) in lines for slip in mend.slips
    )
    return Found(mistake, mend, seconds, right)


def main() -> None:
    """Print the table of one assignment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assignment")
    parser.add_argument("--exercise", default="")
    parser.add_argument("--part", default="1/1", help="such as 2/3: every third, from the second")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGPROF, _overdue)
    assignment = load(Path("reference") / arguments.assignment)
    part, parts = map(int, arguments.part.split("/"))
    mistakes = [*_mistakes(assignment, arguments.exercise)][part - 1 :: parts]
    found = list(_all(assignment, mistakes, verbose=arguments.verbose))
    mends = [each for each in found if each.mend is not None]
    others = no_slips(arguments.assignment)
    slips = [each for each in found if each.mend or each.mistake.name not in others]
    seconds = sorted(each.seconds for each in found)
    of_mends = sorted(each.seconds for each in mends)
    _tell(f"{arguments.assignment}: {len(found)} known mistakes that are edits")
    _tell(f"  a mend is found for {len(mends)} ({len(mends) / len(found):.0%})")
    _tell(f"  slips by what was changed: {len(slips)}; of these {len(mends) / len(slips):.0%}")
    _tell(f"  in the right line: {sum(each.right for each in mends)} of {len(mends)}")
    within = sum(each.seconds <= 2 for each in found)
    _tell(
        f"  seconds: median {statistics.median(seconds):.2f}, most {seconds[-1]:.2f}; "
        f"{within} within 2"
    )
    _tell(
        f"  seconds where one is found: median {statistics.median(of_mends):.2f}; "
        f"{sum(each <= 2 for each in of_mends)} within 2"
    )
    kinds = Counter(slip.edit.kind for each in mends if each.mend for slip in each.mend.slips)
    _tell(f"  kinds: {dict(kinds.most_common())}")


def _mistakes(assignment: Assignment, only: str) -> Iterator[tuple[Exercise, Mistake]]:
    for exercise in assignment.exercises:
        if exercise.unit and only in ("", exercise.id):
            for mistake in catalogue(assignment).of(exercise.id):
                yield exercise, mistake


def _all(
    assignment: Assignment, mistakes: Sequence[tuple[Exercise, Mistake]], *, verbose: bool
) -> Iterator[Found]:
    for exercise, mistake in mistakes:
        found = tried(assignment, exercise, mistake)
        if found is None:
            continue
        if verbose:
            told = "none"
            if found.mend:
                told = " | ".join(
                    f"{slip.edit.kind}: {slip.part.lines[slip.edit.at].strip()} -> "
                    f"{' / '.join(map(str.strip, slip.edit.new))}"
                    for slip in found.mend.slips
                )
            mark = "ok " if found.right else ("OFF" if found.mend else "-- ")
            _tell(f"{mark} {found.seconds:5.2f} {exercise.id}: {mistake.name} :: {told}")
        yield found


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _overdue(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    main()
