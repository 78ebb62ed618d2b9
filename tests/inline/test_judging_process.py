"""The process that judges for `%check` is kept for the session, and is nothing to the kernel."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tests import tiny_release
from tests.tiny_release import RIGHT, SQUARED

END_SECONDS = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a tiny release."""
    return tiny_release.released(tmp_path)


class Kernel:
    """A real kernel."""

    def __init__(self, client: NotebookClient) -> None:
        self.client = client

    def run(self, source: str) -> str:
        """Run a cell and return what it shows at last as text."""
        cell = nbformat.v4.new_code_cell(source)
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1)
        told = [
            out.get("data", {}).get("text/plain") or out.get("text", "") for out in cell.outputs
        ]
        return told[-1] if told else ""

    @property
    def process(self) -> psutil.Process:
        """The kernel's own process."""
        return psutil.Process(int(self.run("import os; print(os.getpid())")))


@contextmanager
def kernel(folder: Path) -> Iterator[Kernel]:
    """Run a kernel in a folder."""
    document = nbformat.v4.new_notebook()
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        document, kernel_name="python3", resources=where, allow_errors=True, timeout=120
    )
    with client.setup_kernel():
        yield Kernel(client)


def judges(folder: Path) -> set[int]:
    """Return the processes that judge for notebooks in a folder."""
    found = set()
    for each in psutil.process_iter(["cmdline", "cwd"]):
        told = each.info["cmdline"] or []
        here = each.info["cwd"] == str(folder.resolve())
        if here and "grader.inline.judge" in told and "/bin/sh" not in told:
            found.add(each.pid)
    return found


def waited(condition: Callable[[], Any]) -> bool:
    """Whether a condition comes true soon."""
    until = time.monotonic() + END_SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)
    return bool(condition())


def test_it_is_kept_and_ends_with_the_kernel(folder: Path) -> None:
    """Each kernel has one of its own, which outlives questions, and no kernel: not even killed.

    Nor does it, where a child that the notebook forked lives on.
    """
    with kernel(folder) as one, kernel(folder) as other:
        one.run("import numpy as np\n%load_ext grader")
        (first,) = judges(folder)
        other.run("%load_ext grader")
        assert len(judges(folder)) == 2
        one.run(RIGHT[0])
        other.run(SQUARED[0])
        for _ in range(2):
            assert "6 / 10" in one.run("%check doubled")
            assert "known mistake: squared" in other.run("%check doubled")
        assert len(judges(folder)) == 2
        child = int(
            one.run(
                "import os, time\nchild = os.fork()\nif child == 0:\n    time.sleep(300)\n"
                "    os._exit(0)\nprint(child)"
            )
        )
        assert "6 / 10" in one.run("%check doubled")
        try:
            one.process.kill()
            assert waited(lambda: first not in judges(folder))
            assert psutil.pid_exists(child)
        finally:
            os.kill(child, signal.SIGKILL)
    assert waited(lambda: not judges(folder))


def test_it_is_nothing_to_the_kernel(folder: Path) -> None:
    """It is no child of it, needs no thread there, and a working folder may change."""
    with kernel(folder) as one:
        one.run("import numpy as np, os, threading, multiprocessing")
        threads = one.run("print(threading.active_count())")
        one.run(f"%load_ext grader\n{RIGHT[0]}")
        assert "6 / 10" in one.run("%check doubled")
        assert one.run("print(threading.active_count())") == threads
        waits = "try:\n    os.wait()\nexcept ChildProcessError as error:\n    print('none')"
        assert one.run(waits) == "none\n"
        pool = (
            "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1]))"
        )
        assert one.run(pool) == "[1]\n"
        one.run("os.chdir('/')")
        assert "6 / 10" in one.run("%check doubled")
        assert one.run("print(os.getcwd())") == "/\n"


def test_changed_checks_are_read_anew(folder: Path) -> None:
    """A file of the assignment that changes is imported again, also where it was broken between."""
    checks = folder / "public" / "numbers.py"
    text = checks.read_text("utf-8")
    with kernel(folder) as one:
        one.run(f"import numpy as np\n%load_ext grader\n{SQUARED[0]}")
        assert "`double` is wrong." in one.run("%check doubled")
        checks.write_text(text.replace("`double` is wrong.", "`double` is not right."), "utf-8")
        assert "`double` is not right." in one.run("%check doubled")
        checks.write_text("1 / 0", "utf-8")
        assert "ZeroDivisionError" in one.run("%check doubled")
        checks.write_text(text, "utf-8")
        assert "`double` is wrong." in one.run("%check doubled")
        assert waited(lambda: len(judges(folder)) == 1)


def test_an_interrupt_ends_the_check_alone(folder: Path) -> None:
    """The notebook keeps its variables, and the next check is answered."""
    with kernel(folder) as one:
        one.run("import numpy as np\n%load_ext grader\nx = 1")
        process = one.process
        one.run("import time\ndef double(numbers):\n    time.sleep(30)")
        before = judges(folder)
        threading.Timer(3, process.send_signal, [signal.SIGINT]).start()
        one.run("%check doubled")
        assert waited(lambda: not judges(folder) & before)
        assert "6 / 10" in one.run(f"{RIGHT[0]}\n%check doubled")
        assert one.run("print(x)") == "1\n"


def test_checks_that_hang_are_ended(folder: Path) -> None:
    """Where nothing is heard of it for long, the process is ended, and the next one answers."""
    checks = folder / "public" / "numbers.py"
    text = checks.read_text("utf-8")
    hangs = text.replace(
        "    if not np.array_equal", "    while True: pass\n    if not np.array_equal"
    )
    assert hangs != text
    with kernel(folder) as one:
        one.run(f"import numpy as np\n%load_ext grader\n{RIGHT[0]}")
        checks.write_text(hangs, "utf-8")
        one.run("import grader.inline.judging_process as p; p.SILENT_SECONDS = 3")
        # A check that runs on is interrupted by itself after some seconds of processor time.
        assert "came to no end" in one.run("%check doubled")
        checks.write_text(text, "utf-8")
        one.run("p.SILENT_SECONDS = 60")
        assert "6 / 10" in one.run("%check doubled")
        assert waited(lambda: len(judges(folder)) == 1)


def test_why_it_cannot_be_asked_is_told(folder: Path) -> None:
    """Where the process dies, the end of what it said is shown."""
    with kernel(folder) as one:
        one.run(f"import numpy as np\n%load_ext grader\n{RIGHT[0]}")
        one.run("import grader.inline.magic as m; m._judging().close()")
        one.run("import grader.inline.judging_process as p; p.JUDGE = 'grader.inline.nothing'")
        assert "No module named grader.inline.nothing" in one.run("%check doubled")
