"""A notebook's code as one text, its magics made comments.

Nothing of it is run, and it may be no Python at all: it is there to be compared and read.
"""

import re
from collections.abc import Iterator
from typing import Final

from grader.notebook.parsing import PYTHON_MAGICS, tree_of
from grader.notebook.reading import Notebook

_CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)")
# Python stands behind these, and is the student's.
_RUNS: Final = re.compile(rf"%(?:{'|'.join(sorted(PYTHON_MAGICS))})\b[ \t]*(?=[^-\s])")
# A magic, a command of the shell, or what is asked of IPython, also where a name is bound to it.
_MAGIC: Final = re.compile(
    r"\s*(?:[\w.]+(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*=[ \t]*)?(?:%%?[A-Za-z]|!{1,2}\S)"
    r"|\s*\?{1,2}[\w.*]+\s*$|\s*[\w.]+\?{1,2}\s*$"
)


def plain_code(notebook: Notebook) -> str:
    """Return all code cells, one below the other, each under a comment that says which it is.

    A line stays a line: what is a comment in place of a magic can be read where it stood.
    """
    parts = [
        f"# %% cell {cell.index + 1}\n{_plain(cell.source)}\n"
        for cell in notebook.cells
        if cell.kind == "code" and cell.source.strip()
    ]
    return "\n".join(parts)


def _plain(source: str) -> str:
    source = source.rstrip()
    if _is_python(source):
        return source
    lines = source.split("\n")
    first = next(number for number, line in enumerate(lines) if line.strip())
    magic = _CELL_MAGIC.match(lines[first])
    if magic is None:
        return "\n".join(_without_magics(lines))
    if magic[1] not in PYTHON_MAGICS:
        return "\n".join(f"# {line}".rstrip() for line in lines)
    rest = "\n".join(lines[first + 1 :])
    body = rest if _is_python(rest) else "\n".join(_without_magics(rest.split("\n")))
    return "\n".join([*lines[:first], f"# {lines[first]}", body])


def _is_python(source: str) -> bool:
    try:
        tree_of(source)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return False
    return True


def _without_magics(lines: list[str]) -> Iterator[str]:
    """Yield the lines with a comment in place of each magic, and of the lines that it goes on in.

    A block that holds nothing else is left with `pass`.
    """
    goes_on = False
    for line in lines:
        told = _RUNS.sub("", line, count=1)
        if not goes_on and told != line:
            yield told
            continue
        if goes_on or _MAGIC.match(line):
            rest = line.lstrip()
            indent = line[: len(line) - len(rest)]
            yield f"{indent}{'pass  ' if indent and not goes_on else ''}# {rest}".rstrip()
            goes_on = line.endswith("\\")
            continue
        yield line
