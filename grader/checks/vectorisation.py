"""Whether the work of a layer grows with the rows of a batch.

Judged by counting the bytecode instructions and the C calls that are executed, never by the
clock: on a busy machine time says nothing. Vectorised code executes the same for every batch; a
loop over rows executes at least one more for each of them.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from grader.checks.compare import agrees, array, differing
from grader.i18n import _
from grader.results.evidence import Evidence
from grader.scenario import Scenario, Subject
from grader.verdicts import CheckFailed, answer

ROWS: Final = 8
EXTRA_ROWS: Final = 56
# As many as other checks ask for. What is wrong may be right for one number of rows by chance.
FEW_ROWS: Final = (2, 5)


def require_vectorised(
    student: Subject,
    reference: Subject,
    ask: Callable[[int], Scenario],
    results: Sequence[str],
    *,
    hint: str,
    cell: str | None = None,
) -> None:
    """Require that the counted calls with these `results` do the same work for any batch.

    `ask` returns the scenario for a number of rows, `cell` is the source of a cell in which a
    student sees the work grow. Raises CheckFailed where the work grows by a
    step a row, or a call comes to nothing, and where what is right for few rows is wrong for many:
    work that was left undone is none that was saved.
    """
    few, many = (_work(student, ask(rows), results) for rows in (ROWS, ROWS + EXTRA_ROWS))
    if many - few >= EXTRA_ROWS:
        raise CheckFailed(
            _(
                "The values are right, but on {rows} rows your code does {times:.0f} times the "
                "work of {few}: it takes them one by one.",
                rows=ROWS + EXTRA_ROWS,
                times=many / few,
                few=ROWS,
            ),
            Evidence(cell=cell),
            hint,
        )
    for name in results:
        # What is wrong in any case is charged elsewhere.
        few_wrong = (_differing(student, reference, ask(rows), name) for rows in FEW_ROWS)
        if not any(found is not None for found in few_wrong):
            _require_right(student, reference, ask, name)


def _require_right(
    student: Subject, reference: Subject, ask: Callable[[int], Scenario], name: str
) -> None:
    for rows in (ROWS, ROWS + EXTRA_ROWS):
        found = _differing(student, reference, ask(rows), name)
        if found is not None:
            raise CheckFailed(
                _(
                    "{name} is right for {few} rows, and wrong for {rows}.",
                    name=name,
                    few=max(FEW_ROWS),
                    rows=rows,
                ),
                found,
                _("What does your code do with a batch of that size, and only then?"),
            )


def _differing(
    student: Subject, reference: Subject, scenario: Scenario, name: str
) -> Evidence | None:
    """Return where an answer is not the right one, None where it is."""
    expected = array(reference.answer(scenario), name)
    try:
        got = array(student.answer(scenario), name)
    except CheckFailed:
        return Evidence()
    magnitude = 1 + float(np.max(np.abs(expected), initial=0.0))
    if agrees(got, expected, terms=ROWS + EXTRA_ROWS, magnitude=magnitude):
        return None
    return differing(name, got, expected) if got.shape == expected.shape else Evidence()


def _work(student: Subject, scenario: Scenario, results: Sequence[str]) -> int:
    transcript = student.answer(scenario)
    return sum(answer(transcript, name).work or 0 for name in results)
