"""The code of a class as files, for other programs that look for what is alike.

Dolos reads `info.csv` (https://dolos.ugent.be/docs/adding-metadata.html), JPlag the folders.
"""

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.files import write_atomically
from grader.results.identity import file_stem
from grader.similarity.gathering import Handed
from grader.text import one_line

INFO: Final = "info.csv"
CODE: Final = "code"
_COLUMNS: Final = ("filename", "full_name")


def export(folder: Path, handed: Iterable[Handed]) -> int:
    """Write each notebook's code as FOLDER/STUDENT/code.py, and return how many there are.

    Raises UsageError where the folder holds anything that a former call has not written.
    """
    former = _former(folder)
    count: Counter[str] = Counter()
    files: list[tuple[str, Handed]] = []
    for each in handed:
        stem = file_stem(each.student)
        count[stem] += 1
        number = f"-{count[stem]}" if count[stem] > 1 else ""
        files.append((f"{stem}/{CODE}{number}.py", each))
    places = [place for place, _ in files]
    for place in places:
        if place not in former and os.path.lexists(folder / place):
            raise UsageError(f"{folder / place} is there already. Name another folder.")
    try:
        for place, each in files:
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / place, each.code)
        for place in former.difference(places):
            (folder / place).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to: {error.strerror}.") from error
    write_atomically(folder / INFO, _info(files))
    return len(files)


def _former(folder: Path) -> frozenset[str]:
    """Return what a former call has written into a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            return frozenset()
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be made a folder for the code: {error.strerror}. Name another."
        ) from error
    try:
        with (folder / INFO).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [row["filename"] or "" for row in reader]
            ours = tuple(reader.fieldnames or ()) == _COLUMNS
    except (OSError, UnicodeDecodeError, csv.Error, KeyError):
        ours, rows = False, []
    if not ours:
        raise UsageError(f"{folder} holds something else than such code. Name another folder.")
    # Whoever edited the table shall not have anything else removed.
    return frozenset(each for each in rows if each.count("/") == 1 and ".." not in each)


def _info(files: Iterable[tuple[str, Handed]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows((place, one_line(each.name)) for place, each in files)
    return text.getvalue()
