"""What an assignment consists of, wherever it comes from: the parts of its notebook, in order."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from grader.errors import UsageError

BEGIN: Final = "### BEGIN SOLUTION"
END: Final = "### END SOLUTION"

Kind = Literal["text", "given", "solution", "test", "manual"]
Taken = Literal["as it is", "with a change", "left to a person"]

# Of one test; nobody gives more, and what is none is written as a huge number by mistake.
MOST_POINTS: Final = 1_000_000.0


@dataclass(frozen=True)
class Note:
    """What became of a part of the source: how it was `taken` over, and `why` where not as it is.

    `shown` is what a change leaves, or what a person has to look at.
    """

    where: str
    taken: Taken
    why: str = ""
    shown: str = ""


@dataclass(frozen=True)
class Test:
    """Code that holds for a right solution, worth `points`.

    `hidden` is more of it that students do not see: it runs after the other, and then the points
    are for both. `where` says where it stands, `name` what it is called there, "" for nothing, and
    `sentence` what a student is told of it, where the source says so. `notes` tell of changes that
    were made while it was read.
    """

    where: str
    code: str
    points: float
    name: str = ""
    sentence: str = ""
    hidden: str = ""
    public: bool = True
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Part:
    """A cell of the notebook, and the tests that stand in it.

    `source` has our markers round each solution. Of a `manual` one, a person judges what students
    write, for `points`.
    """

    kind: Kind
    where: str
    source: str
    markdown: bool = False
    name: str = ""
    points: float = 0.0
    tests: tuple[Test, ...] = ()


@dataclass
class Material:
    """All that was found in a source.

    `folder` is where its notebook lies, whose `files` it may read.
    """

    path: Path
    format: str
    parts: list[Part]
    title: str = ""
    notes: list[Note] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where the notebook looks for files."""
        return self.path.parent


def marked(lines: Sequence[str], indent: str = "") -> list[str]:
    """Return the lines of a solution between our markers."""
    return [f"{indent}{BEGIN}", *lines, f"{indent}{END}"]


def identifier(text: str, otherwise: str) -> str:
    """Return a name of Python's made of `text`, `otherwise` where nothing is left of it."""
    name = re.sub(r"\W+", "_", text.casefold(), flags=re.ASCII).strip("_")
    if not name:
        return otherwise
    return f"{otherwise}_{name}" if name[0].isdigit() else name


# Of tests in a file of their own.
_LARGEST: Final = 2**20


def text_of(path: Path) -> str:
    """Return a file of tests as text that Python can parse, if it is Python.

    Raises OSError or UnicodeDecodeError where it cannot be read, UsageError where it is no ordinary
    file, or larger or deeper than any tests.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no ordinary file: name a file of tests.")
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise UsageError(f"{path} is larger than any tests: name a file of tests.")
    text = content.decode("utf-8")
    require_parsable(text, str(path))
    return text


def require_parsable(source: str, where: str) -> None:
    """Raise UsageError where Python comes to no end with a source: it is nested too deep for it."""
    try:
        ast.parse(source)
    except (RecursionError, MemoryError) as error:
        raise UsageError(f"{where} is nested deeper than Python can read: simplify it.") from error
    except (SyntaxError, ValueError):
        # A magic may stand there; whoever needs it as Python tells so.
        return
