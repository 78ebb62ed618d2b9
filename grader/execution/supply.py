"""The data sets that grading one notebook takes, each looked for when it is first needed.

A machine without them still grades what needs none. What does need them is left pending: that the
data are not there is the machine's matter and nobody's fault.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from grader.datasets import DataMissingError, Located, locate
from grader.i18n import _
from grader.notebook.reading import Notebook
from grader.scenario import Lack
from grader.verdicts import NeedsReview, lacking


class Supply(Mapping[str, Located]):
    """Where each of the data sets called `names` is, as `look` finds it, asked once."""

    def __init__(self, names: Sequence[str], look: Callable[[str], Located]) -> None:
        self._names = tuple(names)
        self._look = look
        self._found: dict[str, Located | None] = {}

    def find(self, name: str) -> Located | None:
        """Return where a data set is, None where it is nowhere. Raises UsageError."""
        if name not in self._names:
            raise KeyError(name)
        if name not in self._found:
            try:
                self._found[name] = self._look(name)
            except DataMissingError:
                self._found[name] = None
        return self._found[name]

    def __getitem__(self, name: str) -> Located:
        """Return where a data set is. Raises NeedsReview where it is nowhere."""
        found = self.find(name)
        if found is None:
            raise absence(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def supply_for(notebook: Notebook, names: Sequence[str], folder: Path | None) -> Supply:
    """Return the data sets for `notebook`, looked for in `folder` where one is named.

    They are also looked for where the notebook itself reads them.
    """

    def look(name: str) -> Located:
        # A kernel's process need not wait for what reads cells.
        from grader.notebook.data_folders import roots  # noqa: PLC0415

        beside = [notebook.path.parent / root for root in roots(sources, name)]
        return locate(name, folder=folder, beside=beside)

    sources = [cell.source for cell in notebook.cells if cell.kind == "code"]
    return Supply(names, look)


def absence(name: str) -> NeedsReview:
    """Return what to raise where nothing can be judged without a data set that is nowhere."""
    return lacking(_("Judging this"), Lack(data=name))
