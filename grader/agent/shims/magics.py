"""Magics that a notebook was written with and that this kernel does not have, or must not obey.

What cannot work becomes a note instead of an error, so that the other lines of
its cell still run.
"""

import ast
import os
import re
from functools import wraps
from pathlib import Path
from typing import Any

from ..notes import note
from .commands import allowed

# What students check themselves with: while a notebook is graded, it asks and says nothing.
OWN_EXTENSION, OWN_MAGIC = "grader", "check"

PACKAGE_MANAGERS = ("pip", "conda", "mamba", "micromamba", "uv")

_SHELLS = frozenset({"bash", "sh", "zsh"})


def install(shell: Any, folder: Path | None = None) -> None:
    """Make every magic of the IPython shell `shell` harmless.

    `folder` is the working folder, above which `%cd` does not go; the current
    one by default.
    """
    for name in PACKAGE_MANAGERS:
        shell.register_magic_function(_package_manager(name), "line", name)
    shell.register_magic_function(_nothing, "line", OWN_MAGIC)
    _install_cd(shell, (folder or Path.cwd()).resolve())
    _install_extensions(shell)
    _wrap_line_magics(shell)
    _wrap_cell_magics(shell)
    shell.input_transformers_cleanup.append(_UnknownCellMagic(shell).demote)


def _nothing(_line: str) -> None:
    """Do nothing."""


def _package_manager(name: str) -> Any:
    def package_manager(line: str) -> None:
        """Do nothing: nothing is installed while a notebook is graded."""
        note(
            f"`{_written(name, line)}` was not run: nothing is installed while a notebook is graded"
        )

    return package_manager


def _install_cd(shell: Any, folder: Path) -> None:
    previous: list[Path] = []

    def cd(line: str) -> None:
        """Change to an existing folder below the working folder; ignore any other."""
        quiet = line.split()[:1] == ["-q"]
        wanted = line.strip().removeprefix("-q" if quiet else "").strip().strip("\"'")
        here = Path.cwd()
        if wanted == "-" and previous:
            target = previous[-1]
        else:
            target = Path(wanted).expanduser() if wanted else folder
        target = (here / target).resolve()
        if not target.is_dir() or not target.is_relative_to(folder):
            note(f"`{_written('cd', line)}` was ignored: no such folder below the notebook's")
            return
        os.chdir(target)
        previous.append(here)
        shell.user_ns.setdefault("_dh", []).append(target)
        if not quiet:
            print(target)  # noqa: T201  # what %cd does

    shell.register_magic_function(cd, "line", "cd")


def _install_extensions(shell: Any) -> None:
    def load_ext(line: str) -> None:
        """Load an IPython extension where it is installed."""
        _load(shell.extension_manager.load_extension, line)

    def reload_ext(line: str) -> None:
        """Load an IPython extension once more where it is installed."""
        _load(shell.extension_manager.reload_extension, line)

    shell.register_magic_function(load_ext, "line", "load_ext")
    shell.register_magic_function(reload_ext, "line", "reload_ext")


def _load(load: Any, name: str) -> None:
    if name.strip() == OWN_EXTENSION:
        return
    try:
        load(name.strip())
    except Exception as error:  # noqa: BLE001  # an extension can fail in any way
        note(f"`%load_ext {name}` was ignored: {type(error).__name__}: {error}")


def _wrap_line_magics(shell: Any) -> None:
    from IPython.core.error import UsageError  # noqa: PLC0415  # loaded with the shell

    original = shell.run_line_magic

    @wraps(original)
    def run_line_magic(magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if magic_name == "run" and not _is_here(line):
            note(f"`{_written(magic_name, line)}` was left out: there is no such file here")
            return None
        try:
            if shell.find_line_magic(magic_name) is not None:
                # One frame more lies between the magic and the cell's variables.
                return original(magic_name, line, _stack_depth=_stack_depth + 1)
        except UsageError as error:
            note(f"`{_written(magic_name, line)}` was ignored: {error}")
        else:
            note(f"`{_written(magic_name, line)}` was ignored: there is no such magic here")
        return None

    shell.run_line_magic = run_line_magic


def _is_here(line: str) -> bool:
    """Tell whether `%run` would find its file, or none of these is one."""
    words = [word.strip("\"'") for word in line.split()]
    files = [word for word in words if word.endswith((".py", ".ipynb"))]
    return not files or Path(files[0]).expanduser().exists()


def _wrap_cell_magics(shell: Any) -> None:
    original = shell.run_cell_magic

    @wraps(original)
    def run_cell_magic(magic_name: str, line: str, cell: str) -> Any:
        words = line.split()
        if magic_name in _SHELLS or (magic_name == "script" and words and words[0] in _SHELLS):
            cell = allowed(cell)
            if not cell.strip():
                return None
        return original(magic_name, line, cell)

    shell.run_cell_magic = run_cell_magic


def _written(name: str, line: str) -> str:
    return f"%{name} {line}".strip()


class _UnknownCellMagic:
    """Turns a cell `%%unknown` into one that begins with the line magic `%unknown`.

    The rest of the cell is then ordinary Python, with its own line numbers, and
    the note is made when the cell runs. A body in another language is dropped.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def demote(self, lines: list[str]) -> list[str]:
        """Return the lines of a cell, changed if they begin with an unknown cell magic."""
        match = re.match(r"%%(\w+)(.*)", lines[0]) if lines else None
        if match is None or self.shell.find_cell_magic(match[1]) is not None:
            return lines
        body = lines[1:]
        return [f"%{match[1]}{match[2]}\n", *(body if self._is_python("".join(body)) else [])]

    def _is_python(self, body: str) -> bool:
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        try:
            compile(self.shell.transform_cell(body), "<cell>", "exec", flags, dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        return True
