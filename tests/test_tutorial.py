"""The tutorial is true: its files and commands, one after the other, do what it says."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from tests.notebooks import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
FOLDER = Path("reference", "my_first_loss")
_FENCE = re.compile(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"In \[\d+\]: ")


def fences(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the language, the title and the contents of each fenced block."""
    for match in _FENCE.finditer(text):
        yield match[1], match[2] or "", match[3]


def write(folder: Path, title: str, text: str) -> None:
    """Do with a file what the title of a block says."""
    name, _, how = title.partition(", ")
    path = folder / name
    match how:
        case "":
            path.write_text(text, "utf-8")
        case "as it is":
            assert text in path.read_text("utf-8")
        case "at the end":
            path.write_text(f"{path.read_text('utf-8')}\n{text}", "utf-8")
        case "in place of the last line":
            kept = path.read_text("utf-8").rstrip("\n").splitlines()[:-1]
            path.write_text("\n".join([*kept, text]), "utf-8")
        case "a translation":
            message, _, told = text.strip().partition("\n")
            assert f'{message}\nmsgstr ""' in path.read_text("utf-8")
            done = path.read_text("utf-8").replace(f'{message}\nmsgstr ""', f"{message}\n{told}")
            path.write_text(done, "utf-8")
        case "a new cell" | "a new text cell":
            text_cell = how == "a new text cell"
            make = nbformat.v4.new_markdown_cell if text_cell else nbformat.v4.new_code_cell
            notebook = nbformat.read(path, as_version=4)
            notebook.cells.append(make(text.rstrip("\n")))
            nbformat.write(notebook, path)
        case _:
            raise ValueError(f"the title {title!r} says nothing that a test could do")


def words(line: str) -> list[str]:
    """Return the words of a line: how they are spaced is for the terminal to say."""
    return line.split()


def run(block: str, cwd: Path) -> None:
    """Run the commands of a block; each line below one is to be found in what it prints.

    What stands after a prompt is typed.
    """
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *below = part.splitlines()
        typed = [PROMPT.sub("", line) for line in below if PROMPT.match(line)]
        expected = [line for line in below if not PROMPT.match(line)]
        done = subprocess.run(
            shlex.split(command),
            input="".join(f"{line}\n" for line in typed),
            cwd=cwd,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), f"{command}\n{done.stderr}"
        printed = (words(PROMPT.sub("", line)) for line in done.stdout.splitlines())
        for line in expected:
            assert words(line) in printed, f"{command} does not print: {line}\n{done.stdout}"


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    """Every file can be written, every command run, and what is shown is printed in that order."""
    commands = 0
    for language, title, text in fences(TUTORIAL.read_text("utf-8")):
        if language == "console":
            run(text, tmp_path)
            commands += 1
        else:
            write(tmp_path / FOLDER, title, text)
    assert commands >= 6
    assert (tmp_path / "proof.md").is_file()
