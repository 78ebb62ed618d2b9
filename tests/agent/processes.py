"""Running cells where the shims are installed, each time in a fork of one process."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from grader import agent

# The shims are loaded as a package of another name, so that an import of `grader` would show.
LOAD = f"""
import sys, types
grader_agent = sys.modules["grader_agent"] = types.ModuleType("grader_agent")
grader_agent.__path__ = [{str(Path(agent.__file__).parent)!r}]
from grader_agent import figures, notes
from grader_agent.shims import colab, missing, seeds
def install(shell):
    seeds.seed_everything(1)
    colab.install(shell)
    missing.install(shell)
    figures.install()
"""

# Reads a request a line: a folder and cells. Answers each from a fork of its own.
SERVE = """
import contextlib, io, json, os, traceback
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
import IPython.core.magics.script, IPython.utils.process, pexpect

def run(folder, cells):
    os.chdir(folder)
    sys.path.insert(0, "")
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    install(shell)
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    outcomes = []
    for index, cell in enumerate(cells):
        notes.begin_cell(index)
        figures.begin_cell()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            result = shell.run_cell(cell)
        error = result.error_before_exec or result.error_in_exec
        name = f"{type(error).__name__}: {error}" if error else None
        outcomes.append([printed.getvalue(), name, getattr(error, "name", None)])
    return [outcomes, notes.collect(), list(missing._missing), missing.left_out()]

for line in sys.stdin:
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        try:
            answer = run(*json.loads(line))
        except BaseException:
            answer = traceback.format_exc()
        with open(write, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(write)
    with open(read) as stream:
        print(stream.read(), flush=True)
    os.wait()
"""


@dataclass
class Found:
    """How cells ended: by cell, what was printed, the error, if any, and the module it names.

    `left_out` has the cell, the module and the names of each statement that was left out.
    """

    printed: list[str]
    errors: list[str | None]
    names: list[str | None]
    notes: list[tuple[int, str]]
    missing: list[str]
    left_out: list[tuple[int, str, list[str]]]

    def noted(self, *parts: str) -> list[int]:
        """Return the cells of the notes that contain all of `parts`."""
        return [cell for cell, text in self.notes if all(part in text for part in parts)]


Serve = Callable[[Path, tuple[str, ...]], Found]

Run = Callable[..., Found]


def serve(server: str) -> Iterator[Serve]:
    """Yield a function that runs cells in forks of one process, which has run `server`."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD + server + SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    requests, answers = process.stdin, process.stdout

    def run(folder: Path, cells: tuple[str, ...]) -> Found:
        sources = [dedent(cell).strip("\n") for cell in cells]
        print(json.dumps([str(folder), sources]), file=requests, flush=True)
        answer = json.loads(answers.readline())
        assert isinstance(answer, list), answer
        outcomes, notes, missing, left = answer
        printed, errors, names = ([outcome[i] for outcome in outcomes] for i in range(3))
        told = [(cell, text) for cell, text in notes]
        left_out = [(cell, module, names) for cell, module, names in left]
        return Found(printed, errors, names, told, missing, left_out)

    with process, closing(answers), closing(requests):
        yield run
        process.kill()
