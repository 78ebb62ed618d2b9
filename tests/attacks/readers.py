"""Handing in the injections, all in one notebook, and writing every report on it."""

import tempfile
from functools import cache
from pathlib import Path
from unittest.mock import patch

import nbformat
from click.testing import CliRunner

from grader.cli import grade
from grader.reports.formats import COURSE_FORMATS, FORMATS
from tests.attacks.attack import Outcome
from tests.attacks.injections import INJECTIONS, TERMINAL, Reports
from tests.tiny_assignment import TRIPLE, declare

# A file's name may hold anything but a slash, and the shell's own.
NAME = "=submission ::error::canary \x1b[2J\u202e<img src=x onerror=canary> [canary](canary).ipynb"


def cell(text: str) -> str:
    """Return a cell that says `text` in every way that it can."""
    return (
        f"print({text!r})\nimport warnings\nwarnings.warn({text!r})\n"
        f"display({{'text/plain': {text!r}, 'text/html': {text!r}}}, raw=True)\n"
        f"raise type({text!r}.replace('\\0', ''), (Exception,), {{}})({text!r})"
    )


def cells() -> list[str]:
    """Return the notebook's cells, the last of them with a function that answers with the texts."""
    every = "\n".join(each.text for each in INJECTIONS)
    double = f"def double(n):\n    # {every!a}\n    raise ValueError({every!r})"
    return [double, TRIPLE, *(cell(each.text) for each in INJECTIONS)]


@cache
def reports() -> Reports:
    """Return what is written in each format, and printed in a workflow, by format."""
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "tiny"), Path(place, "out")
        folder.mkdir()
        out.mkdir()
        declare(folder)
        path = folder / NAME
        notes = [nbformat.v4.new_markdown_cell(each.text) for each in INJECTIONS]
        code = [nbformat.v4.new_code_cell(source) for source in cells()]
        text = nbformat.writes(nbformat.v4.new_notebook(cells=[*code, *notes]))
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        formats = (*FORMATS, *COURSE_FORMATS)
        asked = [f"--report={name}={out / name}" for name in formats]
        with patch.dict("os.environ", {"GITHUB_ACTIONS": "true"}):
            done = CliRunner().invoke(grade, [str(path), f"--assignment={folder}", *asked])
        if done.exit_code != 0:
            raise RuntimeError(f"the texts ended the grader: {done.output}")
        written = {name: (out / name).read_bytes().decode("utf-8") for name in formats}
        return {**written, TERMINAL: done.output}


def outcomes() -> dict[str, Outcome]:
    """Return what came of each injection."""
    found = {each.slug: each.done(reports()) for each in INJECTIONS}
    return {slug: Outcome(bool(formats), ", ".join(formats)) for slug, formats in found.items()}
