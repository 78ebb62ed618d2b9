"""Whether the work of a layer grows with the rows of a batch.

Judged by counting the bytecode instructions and the C calls that are executed, never by the
clock: on a busy machine time says nothing. Vectorised code executes the same for every batch; a
loop over rows executes at least one more for each of them.
"""

from collections.abc import Callable, Sequence
from typing import Final

from grader.cases import Subject
from grader.evidence import Evidence
from grader.languages import _
from grader.scenario import Scenario
from grader.verdicts import CheckFailed, answer

ROWS: Final = 8
EXTRA_ROWS: Final = 56


def require_vectorised(
    student: Subject,
    ask: Callable[[int], Scenario],
    results: Sequence[str],
    *,
    hint: str,
    cell: str | None = None,
) -> None:
    """Require that the counted calls with these `results` do the same work for any batch.

    `ask` returns the scenario for a number of rows, `cell` is the source of a cell in which a
    student sees the work grow. Raises CheckFailed where the work grows by a
    step a row, or a call comes to nothing.
    """
    few, many = (_work(student, ask(rows), results) for rows in (ROWS, ROWS + EXTRA_ROWS))
    if many - few >= EXTRA_ROWS:
        raise CheckFailed(
            _(
                "The values are right, but for {rows} rows your code does {times:.0f} times the "
                "work that it does for {few}: it takes them one by one.",
                rows=ROWS + EXTRA_ROWS,
                times=many / few,
                few=ROWS,
            ),
            Evidence(cell=cell),
            hint,
        )


def _work(student: Subject, scenario: Scenario, results: Sequence[str]) -> int:
    transcript = student.answer(scenario)
    return sum(answer(transcript, name).work or 0 for name in results)
