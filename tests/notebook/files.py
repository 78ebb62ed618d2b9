"""Notebook files for the tests, and what is read of them or said against them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grader.errors import UsageError
from grader.notebook.reading import Notebook, NotebookError, read

CODE: dict[str, Any] = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": []}
PROSE: dict[str, Any] = {"cell_type": "markdown", "source": "# Title", "metadata": {}}

Write = Callable[..., Path]


def sources(notebook: Notebook) -> list[str]:
    """Return the sources of all cells."""
    return [cell.source for cell in notebook.cells]


def refusal(path: Path) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(NotebookError) as caught:
        read(path)
    assert isinstance(caught.value, UsageError)
    assert caught.value.path == path
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def nested(folder: Path, name: str, depth: int, file: str = "") -> None:
    """Make `depth` folders of one name, each in the one before, and a file in the innermost."""
    inner = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=inner)
        outer, inner = inner, os.open(name, os.O_RDONLY, dir_fd=inner)
        os.close(outer)
    if file:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, dir_fd=inner))
    os.close(inner)


@contextmanager
def closed(folder: Path, rights: int = 0) -> Iterator[None]:
    """Leave only these rights to a folder, none to enter or to list it, to root as well."""
    mode, user = folder.stat().st_mode, os.geteuid()
    folder.chmod(rights)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)
