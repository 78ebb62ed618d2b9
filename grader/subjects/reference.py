"""The reference as a subject: the instructor's solution, in the grader's own process."""

import ast
import contextlib
import io
import operator
import random
import re
import sys
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from grader.agent.perform import Performance
from grader.agent.rerun import QuietShell
from grader.agent.shims import random_states
from grader.agent.training import train
from grader.assignment.mistakes import Alteration
from grader.errors import AssignmentError
from grader.notebook.cell_map import CellMap
from grader.notebook.parsing import transformed
from grader.notebook.reading import Notebook, read
from grader.scenario import Scenario, Seed, Transcript, Value, from_answer
from grader.subjects.lazy_imports import Namespace, deferrable
from grader.subjects.wire_copy import passed

# Shrinking asks of the reference what it asks of each student: over a course, without end.
MOST_KEPT: Final = 20_000
# What a notebook's module is called.
_MAIN: Final = "__main__"
# What is longer names no file.
MOST_LETTERS: Final = 255
# What a first answer takes in seconds of processor time may be what a busy machine takes for it, or
# for what is done once: one that takes so long, and no longer, is timed so many times more.
TIMED_AGAIN: Final = (1e-3, 0.5)
TIMES: Final = 3


class Reference:
    """Performs scenarios on what a namespace defines, each once.

    Questions and answers pass as a student's do, so that equal objects give equal transcripts.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self._namespace = namespace
        self._transcripts: dict[str, Transcript] = {}
        self._seconds: dict[str, float] = {}
        self._timed: set[str] = set()
        self._begun: _Begun | None = None

    def seconds(self, scenario: Scenario) -> float:
        """Return the processor time in seconds that answering `scenario` takes, at the least."""
        self.answer(scenario)
        self._keep()
        taken, (least, most) = self._seconds[scenario.key], TIMED_AGAIN
        if scenario.key not in self._timed and least < taken < most:
            taken = min(taken, *(self._again(scenario) for _ in range(TIMES)))
            self._seconds[scenario.key] = taken
            self._timed.add(scenario.key)
        return taken

    def _again(self, scenario: Scenario) -> float:
        """Return the seconds that performing a scenario once more takes, and keep nothing of it."""
        drawn = random_states.states()
        try:
            self._performed(scenario, None)
            return self._begun.seconds if self._begun is not None else 0.0
        finally:
            self._begun = None
            random_states.put_back(drawn)

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`."""
        begun = self._begun
        if begun is not None and self._goes_on(scenario):
            # Its key would be of all its steps, and there are more of them each time.
            return self._performed(scenario, begun)
        self._keep()
        known = self._transcripts.get(scenario.key)
        return self._performed(scenario, None) if known is None else known

    def _performed(self, scenario: Scenario, begun: "_Begun | None") -> Transcript:
        """Perform a scenario, or what is new in it where some of it was `begun`."""
        former = begun or _Begun(Transcript(Scenario(), ()), _Performance(self._namespace), 0.0)
        done = former.transcript
        started = time.process_time()
        with quietly(), seeds_kept(scenario) as seeded:
            if former.seeded is not None:
                random_states.put_back(former.seeded)
            new = Scenario(*scenario.steps[len(done.scenario.steps) :])
            plain = former.performance.run(passed(new.plain))
            left = random_states.states() if seeded else None
        seconds = former.seconds + time.process_time() - started
        outcomes = (*done.outcomes, *(from_answer(each) for each in passed(plain)))
        transcript = Transcript(scenario, outcomes)
        self._begun = _Begun(transcript, former.performance, seconds, left)
        return transcript

    def _keep(self) -> None:
        """Keep what was performed last by its key."""
        if self._begun is None:
            return
        if len(self._transcripts) >= MOST_KEPT:
            self._transcripts.clear()
            self._seconds.clear()
            self._timed.clear()
        key = self._begun.transcript.scenario.key
        self._transcripts[key] = self._begun.transcript
        self._seconds[key] = self._begun.seconds

    def _goes_on(self, scenario: Scenario) -> bool:
        """Whether a scenario goes on from where the last one ended.

        A check that reads one value after the other asks for more and more of one.
        """
        if self._begun is None:
            return False
        done, steps = self._begun.transcript, scenario.steps
        asked = done.scenario.steps
        return (
            0 < len(done.outcomes) == len(asked) < len(steps)
            and isinstance(done.outcomes[-1], Value)
            and all(map(operator.is_, asked, steps))
        )


class _Performance(Performance):
    """The objects of one scenario in the grader's own process.

    A check may hand a student's answer on to the reference: what names a class there is made by one
    of the notebook's own or of a plain value, never by whatever else the notebook has imported.
    """

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        super().__init__(namespace, {"train": train})

    def look(self, name: str) -> Any:
        """Return the class that the notebook defines under a name, None for anything else."""
        found = super().look(name)
        if not isinstance(found, type):
            return None
        own = found.__module__ == _MAIN or issubclass(found, Enum | BaseException)
        named = issubclass(found, tuple) and hasattr(found, "_fields")
        return found if own or named or is_dataclass(found) else None


class _Begun(NamedTuple):
    """What was performed last, and what is left of it.

    Where random numbers were `seeded` in it, that is in which state these were left.
    """

    transcript: Transcript
    performance: _Performance
    seconds: float
    seeded: Any = None


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep to itself what the code of an assignment prints and warns of."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def seeds_kept(scenario: Scenario) -> Iterator[bool]:
    """Let a scenario that seeds random numbers leave the grader's own as they were.

    Gives whether it does.
    """
    if not any(isinstance(step, Seed) for step in scenario.steps):
        yield False
        return
    former = random_states.states()
    try:
        yield True
    finally:
        random_states.put_back(former)


def unseeded() -> None:
    """Give subjects that draw random numbers unasked the same ones every time."""
    random.seed(0)
    np.random.seed(0)


def cells(notebook: Path, names: Iterable[str]) -> list[str]:
    """Return the sources of those cells of the reference that define `names`, as plain Python."""
    solution = read(notebook)
    return _sources(solution, CellMap(solution).slice(names))


def _sources(notebook: Notebook, indices: Iterable[int]) -> list[str]:
    """Return the sources of some cells as plain Python, without their magics."""
    return [
        "".join(
            line
            for line in transformed(notebook.cells[index].source).splitlines(keepends=True)
            if not line.startswith("get_ipython()")
        )
        for index in indices
    ]


def performing(
    sources: Sequence[str], what: str, folder: Path | None = None, *, whole: bool = True
) -> Reference:
    """Return the subject that `sources` define, run one after the other.

    Files that they read are looked for in `folder` as well. Raises AssignmentError where one of
    them fails, unless it need not be run as a `whole`; `what` is how the message calls them.
    """
    namespace: dict[str, Any] = {"__name__": _MAIN, "display": lambda *_values, **_how: None}
    shell = QuietShell(namespace)
    namespace["get_ipython"] = lambda: shell
    trees = []
    for source in sources:
        with _told(source, what), quietly():
            trees.append(_located(ast.parse(source), folder))
    deferred = deferrable(trees)
    for number, (source, tree) in enumerate(zip(sources, trees, strict=True), start=1):
        tree.body = [each for each in tree.body if each not in deferred.values()]
        may_fail = contextlib.nullcontext() if whole else contextlib.suppress(AssignmentError)
        with may_fail, _told(source, what), quietly(), _importing(folder):
            exec(compile(tree, f"{what}, part {number}", "exec"), namespace)  # noqa: S102
    return Reference(Namespace(namespace, deferred))


def _located(tree: ast.Module, folder: Path | None) -> ast.Module:
    """Return code that finds the files beside the reference wherever the grader was started.

    A process has one working folder, which belongs to all its threads: what is read is named anew.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if folder else []
    for call in calls:
        name = ast.unparse(call.func).rpartition(".")[2].lower()
        for given in (*call.args, *(each.value for each in call.keywords)):
            if _READING.match(name) and isinstance(given, ast.Constant):
                given.value = _beside(given.value, folder)
    return tree


@contextlib.contextmanager
def _importing(folder: Path | None) -> Iterator[None]:
    """Let code import the modules in `folder`, and forget them: others have some of that name."""
    names = set() if folder is None else {path.stem for path in folder.glob("*.py")}
    if not names:
        yield
        return
    with _PATH:
        former = {name: sys.modules.pop(name) for name in names & set(sys.modules)}
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            sys.path.remove(str(folder))
            for name in names:
                sys.modules.pop(name, None)
            sys.modules.update(former)


_PATH: Final = threading.RLock()

_READING: Final = re.compile(r"(?:read|load|open|path|genfromtxt|imread|fromfile|connect)")


def _beside(name: Any, folder: Path | None) -> Any:
    if folder is None or not isinstance(name, str) or not name or len(name) > MOST_LETTERS:
        return name
    path = folder / name
    return str(path) if not Path(name).is_absolute() and path.is_file() else name


@contextlib.contextmanager
def _told(source: str, what: str) -> Iterator[None]:
    """Turn what `source` raises into an AssignmentError."""
    try:
        yield
    except (Exception, SystemExit) as error:
        raise AssignmentError(
            f"{what} cannot be run: {type(error).__name__}: {error}, in the code that begins "
            f"with {source.strip().partition(chr(10))[0]!r}."
        ) from error


def reference(notebook: Path, names: Iterable[str]) -> Reference:
    """Return the reference that `notebook` defines, as far as `names` need it.

    As long as the file stays as it is everyone gets the same subject, with all that it has
    answered so far. Raises AssignmentError where a cell of the notebook fails.
    """
    return _prepared(notebook, notebook.stat().st_mtime_ns, tuple(names))


def handed_out(notebook: Path, names: Sequence[str]) -> list[Reference]:
    """Return what a notebook defines whose cells may fail, as far as `names` need it.

    That is once for each way to ask it: where a copy stands unwritten below what is written, a
    grader asks for what stands above. Raises AssignmentError where one of its cells is no Python.
    """
    folder = notebook.parent.absolute()
    unwritten = read(notebook)
    ways = {each.slice(names): None for each in CellMap(unwritten).attempts(names)}
    return [
        performing(_sources(unwritten, each), str(notebook), folder, whole=False) for each in ways
    ]


@cache
def _prepared(notebook: Path, _changed: int, names: tuple[str, ...]) -> Reference:
    return performing(cells(notebook, names), str(notebook), notebook.parent.absolute())


@cache
def altered(notebook: Path, names: tuple[str, ...], alteration: Alteration) -> Reference:
    """Return what `altered_anew` does.

    Whoever asks again gets the same subject, with all that it has answered so far.
    Raises AssignmentError where it cannot be applied, or what it gives cannot be run.
    """
    return altered_anew(notebook, names, alteration)


def altered_anew(notebook: Path, names: tuple[str, ...], alteration: Alteration) -> Reference:
    """Return what the cells of `notebook` that `names` need define once `alteration` is applied.

    Raises AssignmentError where it cannot be applied, or what it gives cannot be run.
    """
    return performing(
        alteration.applied(_cells(notebook, names)),
        f"{alteration.name!r}",
        notebook.parent.absolute(),
    )


@cache
def _cells(notebook: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cells(notebook, names))
