"""Running the attacks on what lies outside, many in one notebook.

`python -m tests.attacks.outside RUNG` prints their outcomes. It is a process of its own, so that
the grader can have secrets in its environment and be run by another user.
"""

import json
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, Final

import nbformat
import psutil

from grader import models
from grader.assignment.loading import load
from grader.datasets import locate
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import CellResult, Result
from grader.sandbox.rungs import Rung, policy
from tests.attacks.attack import Outcome, Probe
from tests.attacks.breaking_out import FILES, PROCESSES
from tests.attacks.canaries import PREFIX, Canaries
from tests.attacks.kernel_calls import CALLS, SOCKETS
from tests.attacks.stealing import STEALING

BREAKING_OUT: Final = (*FILES, *PROCESSES, *SOCKETS, *CALLS)
PROBES: Final = (*STEALING, *BREAKING_OUT)

# Written at the beginning of each notebook. An attack's end is told by the name of an exception.
HELPERS: Final = """
import ctypes, errno, os, socket, sys
from types import SimpleNamespace

libc = ctypes.CDLL(None, use_errno=True)

RUN = os.path.dirname(__import__("ipykernel").get_connection_file())

class Ended(Exception):
    pass

def system_call(name, *arguments):
    number = NUMBERS[name] if isinstance(name, str) else name
    if number < 0:
        raise OSError(errno.ENOSYS, name)
    arguments = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    done = libc.syscall(ctypes.c_long(number), *arguments)
    if done == -1:
        raise OSError(ctypes.get_errno(), name)
    return done

def reached(*calls):
    found = []
    for call in calls:
        try:
            found.append((call[0], system_call(*call)))
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOSYS):
                found.append((call[0], errno.errorcode[error.errno]))
    return found

def attempt(attack, **targets):
    sys.stderr.flush()
    try:
        loot = attack(SimpleNamespace(call=system_call, **targets))
    except OSError as error:
        told = f"refused: {errno.errorcode.get(error.errno)}"
    except BaseException as error:
        told = f"raised: {type(error).__name__}: {error}"
    else:
        told = f"loot: {loot!r}" if loot else "nothing"
    raise Ended(told[:300]) from None
"""


def numbers() -> dict[str, int]:
    """Return the numbers of all system calls that attacks use, -1 for those unknown here."""
    import pyseccomp  # noqa: PLC0415 - not on every system

    names = {"open_by_handle_at", "inotify_init1", "inotify_add_watch", "capset"}
    names |= {"clone", "clone3"}
    for attack in PROBES:
        names |= {word for word in attack.code.split("'") if word.isidentifier()}
        names |= {word for word in attack.code.split('"') if word.isidentifier()}
    names |= {"process_vm_readv", "process_vm_writev", "process_madvise"}
    return {name: pyseccomp.resolve_syscall(pyseccomp.system_arch(), name) for name in names}


def cell(attack: Probe, targets: dict[str, Any]) -> str:
    """Return the source of the cell that tries the attack."""
    body = indent(dedent(attack.code).strip(), "    ")
    return f"def attack(T):\n{body}\n\nattempt(attack, **{targets!r})"


def outcome(attack: Probe, ended: CellResult, changes: str) -> Outcome:
    """Return how the attack came out, from the end of its cell and what it changed outside."""
    name, _, told = (ended.error or "").partition(": ")
    how = told if name == "Ended" else f"{ended.status}: {ended.error or ''}"
    kind = how.split(": ")[1] if how.startswith(("refused", "raised")) else how.split(": ")[0]
    if changes or kind not in attack.held_by:
        return Outcome(True, changes or how)
    return Outcome(False, how.removesuffix(": "))


class Outside:
    """The attacks of one rung: graded by the assignment with secrets in it."""

    def __init__(self, rung: Rung, canaries: Canaries) -> None:
        self.rung = rung
        self.canaries = canaries
        self.data = locate("FashionMNIST").raw

    def together(self, attacks: Sequence[Probe]) -> dict[str, Outcome]:
        """Return the outcomes of attacks that share a notebook."""
        result = self._graded(
            *(cell(each, self.canaries.targets(each.slug, self.data)) for each in attacks)
        )
        return self._outcomes(attacks, result)

    def alone(self, attack: Probe) -> dict[str, Outcome]:
        """Return the outcome of an attack that has a notebook to itself."""
        targets = self.canaries.targets(attack.slug, self.data)
        if attack.layer:
            layer = f"MARKER = {targets['marker']!r}\n{dedent(attack.layer)}"
            source = f"{layer}\n{cell(attack, targets)}"
            return self._outcomes([attack], self._graded(source, only="relu"))
        return self._outcomes([attack], self._graded(cell(attack, targets)))

    def _graded(self, *cells: str, only: str = "training") -> Result:
        helpers = f"NUMBERS = {numbers()!r}\n{HELPERS}"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in (helpers, *cells)]
        )
        path = self.canaries.base / "submission.ipynb"
        nbformat.write(notebook, path)
        return grade(
            read(path), load(self.canaries.assignment), Options(only=(only,), wanted=self.rung)
        )

    def _outcomes(self, attacks: Sequence[Probe], result: Result) -> dict[str, Outcome]:
        # The first cell is the helpers'.
        ends = [each for each in result.cells if each.index > 0]
        text = models.dumps(result)
        processes = psutil.process_iter(["cmdline"])
        running = "\n".join(" ".join(each.info["cmdline"] or ()) for each in processes)
        return {
            attack.slug: outcome(attack, end, self.canaries.changes(attack.slug, text, running))
            for attack, end in zip(attacks, ends, strict=True)
        }


def run(rung: Rung) -> dict[str, Outcome]:
    """Try all attacks on this rung, on rung 3 those that succeed harmlessly."""
    attacks = [each for each in PROBES if policy(rung).sandbox or each.control]
    shared = [each for each in attacks if not each.alone]
    with Canaries(attacks, rung) as canaries:
        stop = threading.Event()
        noise = threading.Thread(target=_noise, args=(canaries.watched, stop))
        noise.start()
        outside = Outside(rung, canaries)
        try:
            outcomes = outside.together(shared)
            for attack in attacks:
                if attack.alone:
                    outcomes |= outside.alone(attack)
                    _nothing_left(attack, outcomes, canaries)
        finally:
            stop.set()
            noise.join()
    return outcomes


def _noise(folder: Path, stop: threading.Event) -> None:
    """Make files whose names somebody may watch."""
    while not stop.wait(0.05):
        (folder / "noise").touch()
        (folder / "noise").unlink()


def _nothing_left(attack: Probe, outcomes: dict[str, Outcome], canaries: Canaries) -> None:
    left = set(Path(tempfile.gettempdir()).glob("ng-*"))
    left -= {canaries.box}
    if left:
        outcomes[attack.slug] = Outcome(True, f"seen: {left} left behind")


def main(rung: Rung) -> None:
    """Print the outcomes of all attacks as JSON."""
    with tempfile.TemporaryFile() as file:
        file.write(f"{PREFIX}-descriptor".encode())
        file.flush()
        os.set_inheritable(file.fileno(), True)
        outcomes = run(rung)
    print(json.dumps({slug: [each.won, each.how] for slug, each in outcomes.items()}))  # noqa: T201


if __name__ == "__main__":
    main(Rung(int(sys.argv[1])))
