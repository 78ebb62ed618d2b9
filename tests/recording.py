"""The recording of a terminal in the README: `python -m tests.recording` makes it anew.

What stands in it is what `grade` printed, all of it, with its colours.
"""

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Final

import html5lib
from rich.console import Console
from rich.text import Text

from grader.files import write_atomically
from tests.notebooks import ROOT

FILE: Final = ROOT / "docs" / "screenshots" / "readme" / "terminal.svg"
NOTEBOOK: Final = ROOT / "reference" / "nn_from_scratch" / "examples" / "typical_mistakes.ipynb"
COMMAND: Final = ("grade", "typical_mistakes.ipynb", "--only", "relu")
WIDTH: Final = 80
# How long it took, and how it was confined, is another on each machine.
_OF_THIS_MACHINE: Final = re.compile(r"Graded in .*? Only some", re.DOTALL)


def output() -> str:
    """Return what the command prints, with its colours."""
    environment = {
        **os.environ,
        "FORCE_COLOR": "1",
        "COLUMNS": str(WIDTH),
        "TERM": "xterm-256color",
    }
    environment.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder) / NOTEBOOK.name
        notebook.write_bytes(NOTEBOOK.read_bytes())
        done = subprocess.run(
            [Path(sys.executable).with_name(COMMAND[0]), notebook, *COMMAND[2:]],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return done.stdout.decode("utf-8")


def recorded(printed: str) -> str:
    """Return the SVG of a terminal in which the command was typed and has printed this."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "green"), (" ".join(COMMAND), "bold"), ""))
    console.print(Text.from_ansi(printed.rstrip("\n")))
    svg = console.export_svg(title="a terminal", unique_id="terminal")
    # Fonts are not fetched from anywhere: any of fixed width will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace").rstrip() + "\n"


def words(svg: str) -> str:
    """Return the text of a recording, but for what hangs on the machine."""
    read = html5lib.parseFragment(svg)
    told = [each.text or "" for each in read.iter() if str(each.tag).endswith("}text")]
    return _OF_THIS_MACHINE.sub("Only some", " ".join(" ".join(told).split()))


if __name__ == "__main__":
    write_atomically(FILE, recorded(output()))
