"""What a submission is called: by where it lies below the folder that was named, and nothing else.

Two files never share a name, whatever students call them, and no name depends on what else is
there. A usual path keeps its words, as `anna/nn.ipynb` is called `anna/nn`. One that cannot be
shown as it is, or that would look like another, is cleaned and ends in a digest of itself.
"""

import base64
import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from grader.text import FORMULA, encodable, one_line

SUFFIX: Final = ".ipynb"

# What no usual name holds: it stands before what tells two names apart.
MARK: Final = "~"
# Base 32: 80 bits, for which nobody finds a second file.
_DIGITS: Final = 16
# Characters of a name that is cleaned, and bytes of a file's: its suffix has room in the 255 bytes
# that file systems allow.
_LONGEST: Final = 120
_MOST_BYTES: Final = 160

# A single quote is what keeps a text from being taken for one.
_FORMULA: Final = f"{FORMULA}'"
_AFTER_SEPARATOR: Final = re.compile(rf"[;|][\s\"']*[{re.escape(_FORMULA)}]")
_INVISIBLE: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))

# Between the folders in the name of a file.
_JOINT: Final = "--"
# What some file system refuses in names, or Windows has devices by.
_REFUSED: Final = re.compile(r'[<>:"\\|?*/]')
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
# `x.gradescope` and `.json` would make the file that `x` and `.gradescope.json` do.
_SUFFIXED: Final = re.compile(r"\.[a-z]+\d*", re.IGNORECASE)
# The files that a folder of results has for the whole course.
_COURSE: Final = frozenset(("grades", "index", "anonymous"))


def shared_folder(folders: Sequence[Path]) -> Path:
    """Return the nearest folder above all of `folders`, or the only one, as an absolute path."""
    # Links among them are not followed.
    return Path(os.path.commonpath([os.path.abspath(each) for each in folders]))  # noqa: PTH100


def name_of(path: Path, folder: Path) -> str:
    """Return what the file at `path` is called among those below `folder`."""
    below = os.path.relpath(os.path.abspath(path), os.path.abspath(folder))  # noqa: PTH100
    usual = below.removesuffix(SUFFIX)
    if usual != below and all(map(_readable, parts := usual.split("/"))) and _begins_well(parts):
        return usual
    cleaned = "/".join(one_line(encodable(part)) for part in usual.split("/"))
    cleaned = cleaned.replace(MARK, "_").lstrip(_FORMULA)[:_LONGEST].strip()
    return f"{cleaned}{MARK}{_digest(os.fsencode(below))}"


def _readable(part: str) -> bool:
    """Whether a part of a path shows what it is."""
    return (
        part not in ("", "..")
        and MARK not in part
        and unicodedata.normalize("NFC", part) == part == one_line(part)
        and not _AFTER_SEPARATOR.search(part)
        and not any(unicodedata.category(each) in _INVISIBLE for each in part)
    )


def _begins_well(parts: Sequence[str]) -> bool:
    return not parts[0].startswith(tuple(_FORMULA))


def file_stem(name: str) -> str:
    """Return the beginning of the names of the files about the submission of this name.

    Different names give different files with any suffixes, also where a file system takes capitals
    for small letters. Capitals are kept, and marked by a number whose bits are their places.
    """
    parts = name.split("/")
    capitals = _capitals(name)
    if capitals is not None and all(map(_safe, parts)) and _free(parts):
        stem = _JOINT.join(parts)
        marked = f"{stem}{MARK}{capitals:x}" if capitals else stem
        if len(marked.encode()) <= _MOST_BYTES:
            return marked
    usual = name.partition(MARK)[0].replace("/", _JOINT)
    cleaned = _REFUSED.sub("_", usual).replace(".", "_")
    short = cleaned.encode()[: _MOST_BYTES - _DIGITS - 1].decode("utf-8", "ignore")
    return f"{short.strip(' -').lower()}{MARK}{_digest(name.encode())}"


def _safe(part: str) -> bool:
    """Whether a part of a name can be one of a file's, and shows where it ends."""
    return not (
        _REFUSED.search(part)
        or _JOINT in part
        or part.startswith(("-", ".", " "))
        or part.endswith(("-", ".", " "))
        or MARK in part
        or _DEVICES.fullmatch(part)
    )


def _free(parts: Sequence[str]) -> bool:
    """Whether no suffix of a file belongs to the name, and no file of the course has it."""
    whole = _JOINT.join(parts)
    return not (_SUFFIXED.fullmatch(Path(whole).suffix) or whole.casefold() in _COURSE)


def _capitals(name: str) -> int | None:
    """Return the places of the capitals as the bits of a number, None where there is more to it."""
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if len(small) != len(name) or len(name) > 4 * (_DIGITS - 1):
        return None if small != name else 0
    places = 0
    for place, (own, folded) in enumerate(zip(name, small, strict=True)):
        if own == folded:
            continue
        if own != folded.upper():
            return None
        places |= 1 << place
    return places


def _digest(content: bytes) -> str:
    digest = base64.b32encode(hashlib.sha256(content).digest()).decode("ascii")
    return digest[:_DIGITS].lower()
