"""Where collected notebooks came from: the list that lies among them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import UsageError

LIST: Final = "collected.csv"
# The folders above a notebook in which its list may lie: a student's and an attempt's are between.
_ABOVE: Final = 4


@dataclass(frozen=True)
class Origin:
    """Where a notebook came from: `file` is its path below the list's folder."""

    student: str
    attempt: int
    file: str
    source: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The names in its path below the download, which a colon ends the name of."""
        _download, between, inside = self.source.partition(": ")
        return tuple((inside if between else self.source).split("/"))


def list_above(notebook: Path) -> Path | None:
    """Return the list of the folder that a notebook was collected in, None where there is none."""
    found = (folder / LIST for folder in list(notebook.absolute().parents)[:_ABOVE])
    return next((path for path in found if path.is_file()), None)


def origins(path: Path) -> list[Origin]:
    """Return what a list says. Raises UsageError where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                Origin(
                    row.get("student") or "",
                    int(row.get("attempt") or 0),
                    row.get("file") or "",
                    row.get("source") or "",
                )
                for row in csv.DictReader(file)
            ]
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(
            f"{path} cannot be read as a list of what was collected ({error}). Mend it, or have "
            "`grader collect` write it again."
        ) from error
