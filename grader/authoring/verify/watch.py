"""Verifying again at each save: which holes there are, and which were closed since the last."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.assignment.loading import load
from grader.authoring.verify.afresh import import_afresh
from grader.authoring.verify.certificate import Certificate, Tried, counted
from grader.authoring.verify.command import show_proposal
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.trials import finding_the_grader
from grader.authoring.verify.verify import verify
from grader.errors import GraderError
from grader.extras import importing
from grader.reports.console import Page
from grader.text import one_line

# Where what was wrong the last time is remembered.
_FORMER: Final = "wrong when it was last watched"
# In milliseconds: editors write a file in several steps.
_DEBOUNCE: Final = 300
# In seconds: what is judged is written down before the process ends.
_PATIENCE: Final = 10.0


def watch(folder: Path, *, jobs: int, seeds: int) -> None:
    """Verify the assignment in `folder` now and whenever one of its files is saved.

    What runs when a file is saved is ended, and what was judged until then is remembered. Returns
    when it is interrupted. Raises UsageError where the extra for it is not installed.
    """
    with importing("author", "Watching an assignment takes"):
        import watchfiles  # noqa: PLC0415 - an extra
    # A process of its own each time: what was imported stays imported.
    call = [sys.executable, "-P", "-m", __name__, str(folder), str(jobs), str(seeds)]

    def begun() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(call, env=finding_the_grader(), start_new_session=True)

    process = begun()
    try:
        for _changes in watchfiles.watch(folder, debounce=_DEBOUNCE):
            _end(process)
            process = begun()
    except KeyboardInterrupt:
        pass
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process, in order if it can."""
    process.terminate()
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def judged(folder: str, jobs: int, seeds: int) -> None:
    """Verify an assignment once, and print what is wrong now: what a process of its own does."""
    page = Page(Console())
    import_afresh()
    began = time.monotonic()
    try:
        assignment = load(Path(folder))
        # It is written also where the next save ends this.
        with closing(Memory.of(assignment)) as memory:
            certificate = verify(assignment, jobs=jobs, seeds=seeds, memory=memory, telling=False)
            former = memory.get(_FORMER) or []
            memory.keep(_FORMER, [_name(each) for each in certificate.wrong])
        _show(page, certificate, former, time.monotonic() - began)
    except GraderError as error:
        page.line(f"{_now()}  {one_line(str(error))}", "bold red")


def _now() -> str:
    return time.strftime("%H:%M:%S")


def _name(tried: Tried) -> str:
    return f"{tried.kind}: {tried.name}"


def _show(page: Page, certificate: Certificate, former: list[str], seconds: float) -> None:
    """Print the holes that there are, and those of the `former` ones that there are no more."""
    wrong = {_name(each): each for each in certificate.wrong}
    for name, each in wrong.items():
        new = "" if name in former or not former else " (new)"
        page.line(f"{one_line(name)}{new}", indent=2, mark=page.mark("failed"))
        page.write(page.code(each.wrong or ""), indent=4)
        show_proposal(each, page, indent=4)
    for name in former:
        if name not in wrong:
            page.line(f"closed: {one_line(name)}", indent=2, mark=page.mark("passed"))
    told = (
        f"{_now()}  {counted(len(wrong), 'hole')} in "
        f"{counted(len(certificate.candidates), 'candidate')} ({seconds:.1f} s). "
        "Save a file to judge again, Ctrl-C ends this."
    )
    page.line(told, "bold red" if wrong else "bold green")


if __name__ == "__main__":
    # So that what is open is closed.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    judged(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
