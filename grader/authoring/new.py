"""A new assignment: a small one that works, to be changed into one's own.

The files come from `templates/`. The notebook stands there as a script, whose cells begin with
`# %% ID` or `# %% [markdown] ID`; a cell of text is commented out, line by line.
"""

import re
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.assignment.model import REFERENCE
from grader.errors import UsageError
from grader.files import write_atomically

TEMPLATES: Final = Path(__file__).with_name("templates")
SUFFIX: Final = ".template"
SCRIPT: Final = "solution.py"

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME: Final = 60
# As many as every reader of TOML takes, and more than anybody can try.
SEED_BITS: Final = 62
_CELL: Final = re.compile(r"^# %% (\[markdown\] )?([a-z-]+)\n", re.MULTILINE)


def new(name: str, shelf: Path, title: str | None = None) -> list[Path]:
    """Lay out a new assignment `name` in a folder below `shelf`; return the files written.

    `title` is the name in words where it is not given. Nothing that is there is changed.
    Raises UsageError where the name will not do, or the folder is there already or cannot
    be written.
    """
    require_name(name)
    folder = shelf / name
    title = (title or name.replace("_", " ").capitalize()).strip()
    _require_title(title)
    if folder.exists() or folder.is_symlink():
        raise UsageError(
            f"{folder} is there already, and nothing was written. Choose another name, or move "
            "it away."
        )
    known = {"name": name, "title": title, "seed": str(secrets.randbits(SEED_BITS))}
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf, prefix=".new_") as scratch:
            made = Path(scratch) / name
            made.mkdir()
            for target, text in _files(known):
                write_atomically(made / target, text)
            made.rename(folder)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written ({error.strerror}). Name another place with --out."
        ) from error
    return sorted(folder.iterdir())


def require_name(name: str) -> None:
    """Raise UsageError where an assignment cannot be called so."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise UsageError(
            f"An assignment cannot be called {name!r}: its name is that of a folder and of the "
            f"students' notebook. Use up to {_LONGEST_NAME} small letters, digits and single "
            "underscores, a letter first, as in my_first_network."
        )


def _require_title(title: str) -> None:
    if not title.isprintable() or '"' in title or "\\" in title:
        raise UsageError(
            f"{title!r} cannot be a title: it is one line, without double quotes and backslashes."
        )


def _files(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file."""
    for path in sorted(TEMPLATES.glob(f"*{SUFFIX}")):
        target = path.name.removesuffix(SUFFIX)
        text = Template(path.read_text("utf-8")).safe_substitute(known)
        if target == SCRIPT:
            yield REFERENCE, nbformat.writes(_notebook(text, known["name"])) + "\n"
        else:
            yield target, text


def _notebook(script: str, name: str) -> NotebookNode:
    """Return the notebook that stands in a script."""
    _, *parts = _CELL.split(script)
    cells = [
        new_markdown_cell(re.sub(r"^# ?", "", text, flags=re.MULTILINE).strip(), id=id_)
        if markdown
        else new_code_cell(text.strip(), id=id_)
        for markdown, id_, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
    metadata = {
        "grader": {"assignment": name, "version": "1"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook
