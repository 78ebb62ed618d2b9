"""Running a command and watching what it and its processes take."""

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.processor import used

ROOT: Final = Path(__file__).parent.parent
MEBIBYTE: Final = 2**20


@dataclass(frozen=True)
class Sample:
    """Bytes at one moment: of the command's own process (RSS), and of all its children (PSS)."""

    done: int
    own: int
    children: int


@dataclass(frozen=True)
class Watched:
    """What a command took: seconds on the wall and of the processor, and its memory over time."""

    seconds: float
    cpu_seconds: float
    samples: tuple[Sample, ...]

    def peak(self, which: Callable[[Sample], int]) -> float:
        """Return the largest of one figure of the samples, in MiB."""
        return max(map(which, self.samples), default=0) / MEBIBYTE

    def growth(self, which: Callable[[Sample], int]) -> float:
        """Return by how many MiB the median grew from the second to the last quarter.

        The first quarter is for warming up.
        """
        count = len(self.samples) // 4
        if count == 0:
            return 0.0
        second = sorted(map(which, self.samples[count : 2 * count]))
        last = sorted(map(which, self.samples[-count:]))
        return (last[len(last) // 2] - second[len(second) // 2]) / MEBIBYTE


def watched(
    command: Sequence[str],
    *,
    done: Callable[[], int] = lambda: 0,
    every: float | None = None,
    folder: Path = ROOT,
) -> Watched:
    """Run `command` in `folder` and watch its memory, `every` so many seconds if at all.

    Raises RuntimeError where it fails.
    """
    samples: list[Sample] = []
    before = used()
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, samples, ended, done, every))
    watcher.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - started
    ended.set()
    watcher.join()
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}:\n{said}")
    return Watched(seconds, used() - before, tuple(samples))


def _watch(
    pid: int,
    samples: list[Sample],
    ended: threading.Event,
    done: Callable[[], int],
    every: float | None,
) -> None:
    while every is not None and not ended.wait(every):
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            children = process.children(recursive=True)
            samples.append(Sample(done(), process.memory_info().rss, sum(map(_share, children))))


def _share(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0
