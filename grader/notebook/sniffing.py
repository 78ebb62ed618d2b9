"""What a file that is no notebook seems to be, and what its owner should do.

The sentences go on from the path of the file: "is a PDF, not a notebook; ...".
"""

import codecs
import json
import re
from pathlib import Path

from grader.errors import UsageError
from grader.text import encodable

ITSELF = "hand in the .ipynb file itself"
_UNPACK = "unpack it and name the .ipynb file that was in it"
# How a file begins, in lower case.
_SIGNATURES = (
    (b"%pdf", "a PDF", ITSELF),
    (b"pk\x03\x04", "a zip archive or an office document", _UNPACK),
    (b"pk\x05\x06", "an empty zip archive", ITSELF),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"rar!", "a rar archive", _UNPACK),
    (b"\x89png", "an image (PNG)", ITSELF),
    (b"\xff\xd8\xff", "an image (JPEG)", ITSELF),
    (b"gif8", "an image (GIF)", ITSELF),
    (b"\x00\x05\x16\x07", "a companion file of macOS", "name the file without the leading ._"),
    (b"{\\rtf", "a word processor's document (RTF)", ITSELF),
    (b"<!doctype html", "a web page (HTML)", ITSELF),
    (b"<html", "a web page (HTML)", ITSELF),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file with `git lfs pull`"),
)


class NotebookError(UsageError):
    """A file or folder is no notebook that can be graded.

    `path` names it; `problem` is the rest of the sentence: what it seems to be
    and what to do.
    """

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return encodable(f"{self.path} {self.problem}.")


def described(path: Path, content: bytes, text: str, error: json.JSONDecodeError) -> str:
    """Say what a file that is not JSON seems to be, and what to do."""
    start = content[:1000].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    known = [row for row in _SIGNATURES if start.startswith(row[0])]
    if not known and text.lstrip().startswith(("{", "<<<<<<< ")):
        return _damage(text, error)
    is_code = re.search(r"^(?:import|from|def|class) \w", text, re.MULTILINE)
    if known:
        _, what, advice = known[0]
    elif "\0" in text or "\ufffd" in text[:1000]:
        what, advice = "binary data", ITSELF
    elif path.suffix == ".py" or (is_code and "```" not in text):
        what, advice = "a Python script", ITSELF
    else:
        what, advice = "a text", ITSELF
    return f"is {what}, not a notebook; {advice}"


def _damage(text: str, error: json.JSONDecodeError) -> str:
    """Say what happened to a text that seems to have been JSON, and what to do."""
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return f"has an unresolved merge conflict near line {error.lineno}; resolve it with Git"
    # Within a literal or an escape, the fault lies a few characters before the end.
    if error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - 10:
        return "seems to be cut off: its JSON ends too early; save it or download it again"
    where = f"line {error.lineno}, column {error.colno}"
    return f"is damaged: its JSON is wrong in {where} ({error.msg}); save it again from Jupyter"
