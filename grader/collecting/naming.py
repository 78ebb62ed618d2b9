"""Names of people as they are compared, and names of files as they can be written."""

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from grader.collecting.limits import LONGEST_NAME, MOST_WORDS
from grader.results.identity import SUFFIX
from grader.text import encodable, one_line

# Browsers add these to a notebook that they take for a text.
_ADDED: Final = (".txt", ".json")
_ARCHIVES: Final = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2")
# What `grade --report notebook` writes: an answer to a submission, and none itself.
_FEEDBACK: Final = ".feedback.ipynb"
_JUNK: Final = frozenset(("__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"))
# What Jupyter, Colab, Drive, Canvas and browsers add to the name of another copy.
_COPIES: Final = re.compile(
    r"^(?:copy of |kopie von |копия )+|(?:[-_ ]?copy\d*|[-_]\d{1,2}| ?\(\d{1,3}\))+$", re.IGNORECASE
)
_REFUSED: Final = re.compile(r'[<>:"\\|?*/]')


def is_junk(part: str) -> bool:
    """Whether a file or folder of this name is some program's own, and nobody's work."""
    return part.startswith(".") or part in _JUNK


def is_notebook(name: str) -> bool:
    """Whether a file is called as a notebook is, and is no feedback of the grader's."""
    return stem(name) is not None and not name.lower().endswith(_FEEDBACK)


def is_archive(name: str) -> bool:
    """Whether a file is called as an archive that can be opened here."""
    return name.lower().endswith(_ARCHIVES)


def stem(name: str) -> str | None:
    """Return a notebook's name without its suffix, None for what is no notebook."""
    bare = name
    for added in _ADDED:
        bare = bare[: -len(added)] if bare.lower().endswith(SUFFIX + added) else bare
    return bare[: -len(SUFFIX)] if bare.lower().endswith(SUFFIX) else None


def base(name: str) -> str:
    """Return what a notebook was called before somebody made a copy of it, for comparing."""
    own = unicodedata.normalize("NFC", stem(name) or name).strip()
    return (_COPIES.sub("", own).strip() or own).casefold()


def file_name(part: str) -> str:
    """Return a name that any file system takes: the same where it is one already.

    It is in NFC, as people type it, and at most LONGEST_NAME bytes long.
    """
    cleaned = one_line(unicodedata.normalize("NFC", encodable(part)))
    cleaned = _REFUSED.sub("_", cleaned).strip(" .")
    if len(cleaned.encode()) <= LONGEST_NAME and cleaned:
        return cleaned
    digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    # The suffix says what it is; a name that is all suffix has none.
    suffix = PurePosixPath(cleaned).suffix if len(PurePosixPath(cleaned).suffix) < 16 else ""
    room = LONGEST_NAME - len(suffix.encode()) - len(digest) - 1
    kept = cleaned.removesuffix(suffix).encode()[:room].decode("utf-8", "ignore")
    return f"{kept}~{digest}{suffix}"


def notebook_name(name: str) -> str:
    """Return what a notebook is called where it is laid out."""
    own = stem(name)
    return file_name(f"{name if own is None else own or 'notebook'}{SUFFIX}")


def folded(text: str) -> str:
    """Return a text as one that a person reads as the same: case, width and spaces aside."""
    return " ".join(unicodedata.normalize("NFKC", encodable(text)).casefold().split())


def exact(name: str) -> tuple[str, ...]:
    """Return a person's name in words, in an order that does not say which comes first."""
    return tuple(sorted(word for word in folded(name).replace(",", " ").split() if word))


def loose(name: str) -> tuple[str, ...]:
    """Return a person's name as `exact`, without accents and without what is no letter."""
    words = folded(name).replace(",", " ").replace("_", " ").split()
    return tuple(sorted(filter(None, map(bare, words))))


def bare(text: str) -> str:
    """Return the letters and digits of a text, without accents and case."""
    parts = unicodedata.normalize("NFKD", folded(text))
    return "".join(each for each in parts if each.isalnum())


def joined(name: str) -> set[str]:
    """Return a name's words run together as platforms do, whichever of them comes first."""
    words = [bare(word) for word in folded(name).replace(",", " ").split()]
    if len(words) > MOST_WORDS:
        return {"".join(words)}
    return {"".join(words[at:] + words[:at]) for at in range(len(words))}
