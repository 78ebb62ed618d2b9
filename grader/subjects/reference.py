"""The reference as a subject: the instructor's solution, in the grader's own process."""

import contextlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from grader.cells import CellMap
from grader.errors import AssignmentError
from grader.notebook import read
from grader.sandbox.inside.perform import Performance
from grader.sandbox.inside.wire import decode, encode
from grader.sandbox.snapshot import outcome
from grader.scenario import Scenario, Transcript


class Reference:
    """Performs scenarios on what a namespace defines, each once.

    Questions and answers pass through the same encoding as a student's, so that equal objects
    give equal transcripts.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._transcripts: dict[str, Transcript] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        known = self._transcripts.get(scenario.key)
        if known is None:
            with contextlib.redirect_stdout(io.StringIO()):
                plain = Performance(self._namespace).run(decode(scenario.frame))
            outcomes = tuple(outcome(each) for each in decode(encode(plain)))
            known = self._transcripts[scenario.key] = Transcript(scenario, outcomes)
        return known


def reference(notebook: Path, names: Iterable[str]) -> Reference:
    """Return the reference that `notebook` defines, as far as `names` need it.

    Raises AssignmentError where a cell of the notebook fails.
    """
    solution = read(notebook)
    transform = TransformerManager().transform_cell
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for index in CellMap(solution).slice(names):
        source = "".join(
            line
            for line in transform(solution.cells[index].source).splitlines(keepends=True)
            if not line.startswith("get_ipython()")
        )
        try:
            exec(compile(source, f"{notebook.name}, cell {index + 1}", "exec"), namespace)  # noqa: S102
        except Exception as error:
            raise AssignmentError(
                f"{notebook}, cell {index + 1}, cannot be run: {type(error).__name__}: {error}."
            ) from error
    return Reference(namespace)
