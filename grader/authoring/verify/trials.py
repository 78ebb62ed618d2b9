"""Trials: judging candidate solutions in processes that can be killed.

Each trial runs in a process of its own, forked from a bench that has everything loaded and drawn.
So a candidate that hangs, crashes, exits or fills the memory ends only its own trial, and none
leaves anything behind for the next. Candidates are the instructor's own code, altered: nothing
here confines it.
"""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Final, Literal, Self, TypeVar, cast

import grader
from grader.assignment.model import Assignment
from grader.errors import AssignmentError, InternalError
from grader.results.model import Status

BENCH: Final = "grader.authoring.verify.trial_bench"
# What a right solution takes a fraction of a second for, also on a busy machine.
SECONDS: Final = 20.0
# Beyond what the bench holds itself.
MEMORY_MB: Final = 2048
_PATIENCE: Final = 5.0

Ended = Literal["answered", "time", "crash"]


@dataclass(frozen=True)
class Trial:
    """What `cells` define, judged in the exercise with this id.

    Questions are drawn from `seed`, None for the assignment's own. With `naming`, the known
    mistakes are found that the candidate answers like, with `pairing` two that it answers like
    together. Only those `checks` are judged, and what they need, None for all of them.
    """

    exercise: str
    cells: tuple[str, ...]
    naming: bool = False
    seed: int | None = None
    pairing: bool = False
    checks: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Telling:
    """What a released folder tells of a known mistake, to be compared with official grading.

    `answers` is the file with the answers that are released, `called` what official grading calls
    the mistake. With `pricing`, it is found out whether it is a slip that one edit undoes.
    """

    exercise: str
    mistake: str
    answers: str
    called: tuple[str, ...] = ()
    pricing: bool = False


@dataclass(frozen=True)
class Search:
    """A search for inputs that tell a mutant, what `cells` define, from the reference.

    `place` is the qualified name of what was changed in it.
    """

    exercise: str
    cells: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Judged:
    """How one check ended."""

    id: str
    status: Status
    points: float
    message: str = ""


@dataclass(frozen=True)
class Proposed:
    """An input that tells a mutant from the reference, for the check with the id `check`.

    `question` is what is asked, `expected` what the reference does, `got` what the mutant does, and
    `lines` assert the former in a check. It is `refused` where the reference raises an exception.
    """

    check: str
    question: str
    expected: str
    got: str
    lines: str
    refused: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    `checks` are empty where it ended by time or by a crash. `alike` are the mistakes that the
    candidate answers like, `called` those that it is, one or two together, as far as that is known,
    and `fault` what one of its cells raised. It is `lasting` where being asked changed
    nothing that the candidate defined: then each check comes to the same whatever else is asked.
    `here` and `slip` are what a `Telling` found, `tried` and `proposed` how many inputs a `Search`
    has tried, and the one that it found.
    """

    ended: Ended
    checks: tuple[Judged, ...] = ()
    alike: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    fault: str = ""
    lasting: bool = False
    here: str = ""
    slip: str = ""
    tried: int = 0
    proposed: Proposed | None = None

    @property
    def named(self) -> str | None:
        """What it is called, None for nothing."""
        return " and ".join(self.called) or None

    @property
    def failed(self) -> frozenset[str]:
        """The ids of the checks that failed."""
        return frozenset(each.id for each in self.checks if each.status == "failed")

    @classmethod
    def read(cls, line: str) -> Self:
        """Return the outcome that a bench wrote. Raises the error where it wrote of one."""
        told = json.loads(line)
        if "error" in told:
            raise AssignmentError(told["error"])
        if "failed" in told:
            raise InternalError(f"A trial could not be held: {told['failed']}.")
        told["checks"] = tuple(Judged(**each) for each in told.get("checks", ()))
        for names in ("alike", "called"):
            told[names] = tuple(told.get(names, ()))
        found = told.get("proposed")
        return cls(**{**told, "proposed": None if found is None else Proposed(**found)})


@dataclass
class _Bench:
    """A process that holds one trial after the other."""

    process: subprocess.Popen[str]
    held: "Trial | Telling | Search | None" = None
    into: IO[str] = field(init=False)
    out: IO[str] = field(init=False)

    def __post_init__(self) -> None:
        if self.process.stdin is None or self.process.stdout is None:
            raise InternalError("A process for trials was started without pipes.")
        self.into, self.out = self.process.stdin, self.process.stdout

    def hold(self, trial: Trial | Telling | Search) -> None:
        """Begin a trial."""
        self.held = trial
        with contextlib.suppress(BrokenPipeError):
            self.into.write(json.dumps([type(trial).__name__, asdict(trial)]) + "\n")
            self.into.flush()

    def outcome(self) -> Outcome:
        """Return the outcome of the trial that was begun; waits for it."""
        line = self.out.readline()
        if not line:
            raise InternalError(
                "A process for trials ended by itself. Run this again with fewer --jobs: the "
                "machine may be short of memory."
            )
        return Outcome.read(line)

    def close(self) -> None:
        """End the process, and the trial that it holds."""
        self.process.terminate()
        try:
            self.process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.into, self.out):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


# Whatever a bench can hold.
Held = TypeVar("Held", Trial, Telling, Search)


@dataclass
class Trials:
    """Holds trials in processes that are started for the first of them and stay for the next."""

    start: Callable[[], Sequence[_Bench]]

    @cached_property
    def benches(self) -> Sequence[_Bench]:
        """The processes."""
        return self.start()

    def outcomes(
        self, trials: Iterable[Held], progress: Callable[[int], None] = lambda _done: None
    ) -> Mapping[Held, Outcome]:
        """Hold each of the different `trials` once; `progress` hears how many are done.

        Raises AssignmentError where the reference or a known mistake cannot be run, InternalError
        where a process for trials fails.
        """
        waiting = deque(dict.fromkeys(trials))
        total = len(waiting)
        found: dict[Held, Outcome] = {}
        if not waiting:
            return found
        with selectors.DefaultSelector() as ready:
            for bench in self.benches:
                ready.register(bench.out, selectors.EVENT_READ, bench)
                if waiting:
                    bench.hold(waiting.popleft())
            while len(found) < total:
                for key, _ in ready.select():
                    bench = key.data
                    if bench.held is None:
                        continue
                    found[cast("Held", bench.held)] = bench.outcome()
                    bench.held = None
                    progress(len(found))
                    if waiting:
                        bench.hold(waiting.popleft())
        return found


@contextlib.contextmanager
def holding(assignment: Assignment, *, jobs: int, seconds: float = SECONDS) -> Iterator[Trials]:
    """Give what holds trials, up to `jobs` at a time, each for this many `seconds` at most."""
    with contextlib.ExitStack() as stack:
        yield Trials(lambda: stack.enter_context(_benches(assignment, jobs, seconds)))


def outcomes(
    trials: Iterable[Trial],
    assignment: Assignment,
    *,
    jobs: int,
    seconds: float = SECONDS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Mapping[Trial, Outcome]:
    """Hold each of the different `trials` once, in up to `jobs` processes at a time.

    A trial may take this many `seconds`. `progress` hears how many are done, and of how many.
    Raises what `Trials.outcomes` does.
    """
    different = list(dict.fromkeys(trials))
    with holding(assignment, jobs=min(jobs, len(different)), seconds=seconds) as held:
        return held.outcomes(different, lambda done: progress(done, len(different)))


def finding_the_grader() -> dict[str, str]:
    """Return an environment in which a process imports this grader, wherever it was started."""
    path = [str(Path(grader.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}


@contextlib.contextmanager
def _benches(assignment: Assignment, number: int, seconds: float) -> Iterator[Sequence[_Bench]]:
    told = {"folder": str(assignment.folder.resolve()), "seconds": seconds, "memory_mb": MEMORY_MB}
    # One thread each: a process with more cannot be forked safely, and trials are small.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**finding_the_grader(), **single}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        benches = []
        for _ in range(number):
            process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-m", BENCH, json.dumps(told)],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            benches.append(_Bench(process))
            stack.callback(benches[-1].close)
        yield benches
