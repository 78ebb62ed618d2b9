"""The process that holds trials: it forks for each, and kills what does not end.

    python -m grader.authoring.verify.trial_bench '{"folder": …, "seconds": …, "memory_mb": …}'

Trials come on standard input and outcomes go to standard output, each a line of JSON. What
candidates print goes nowhere.
"""

import contextlib
import gc
import importlib
import json
import logging
import os
import random
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from grader.asking.cases import draw
from grader.assignment.beside import files_of
from grader.assignment.loading import load
from grader.assignment.mistakes import Alteration, Mistake, catalogue
from grader.assignment.model import Assignment, Exercise
from grader.authoring.verify.afresh import import_afresh
from grader.authoring.verify.left import state
from grader.authoring.verify.proposing import proposed
from grader.authoring.verify.slips import slip
from grader.authoring.verify.told_here import told_otherwise
from grader.authoring.verify.trials import (
    SECONDS,
    Judged,
    Outcome,
    Search,
    Telling,
    Trial,
)
from grader.errors import AssignmentError
from grader.judging.answer_key import publication
from grader.judging.judge import judge
from grader.judging.matching import answers_alike, questions
from grader.judging.pairs import recognised_pair
from grader.notebook.imports import imported_by
from grader.results.model import ExerciseResult
from grader.subjects.reference import (
    Reference,
    altered,
    cells,
    quietly,
    reference,
    unseeded,
)

# What an outcome ends with: without it the process died in the middle of writing.
_SENT = b"\n"
# How many questions known mistakes answer beforehand: few answer so many as another does.
_TELLING = 4
# How much longer it may take to tell of a mistake in two ways than to judge it in one.
_TELLING_TAKES = 6
# So many times as long may it take on a machine that is busy with other things.
_MOST_PATIENT = 20
# Seconds between two looks at a process.
_POLL = 0.01


class Bench:
    """Everything that trials share: the assignment, its references and their answers."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.seed = assignment.config.seed
        self.exercises = {each.id: each for each in assignment.exercises}
        for name, content in files_of(assignment).items():
            # Candidates find them where they run, as notebooks do.
            path = Path.cwd() / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for name in imported_by(assignment.reference):
            # Every candidate imports them; those that are missing it will tell of itself.
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        self.catalogue = catalogue(assignment)
        self._ready: set[tuple[str, ...]] = set()

    def prepare(self, trial: Trial | Telling | Search) -> None:
        """Have what a trial shares with others that it resembles, once for them all."""
        exercise = self.exercises[trial.exercise]
        if isinstance(trial, Telling):
            self._once(self._meet_mistakes, exercise)
            # Reading it takes long; whoever needs it finds it read.
            publication(Path(trial.answers))
            return
        if isinstance(trial, Search):
            trial = Trial(trial.exercise, ())
        asked = _asking(exercise, trial.checks)
        key = (exercise.id, *(each.id for each in asked.checks))
        if key not in self._ready:
            self._ready.add(key)
            for kind in {check.case for check in asked.checks}:
                if kind is not None:
                    draw(kind, self.seed)
            self._judged(asked, self._reference(exercise))
        if trial.naming or trial.pairing:
            self._once(self._meet_mistakes, exercise)

    def _once(self, act: Callable[[Exercise], None], exercise: Exercise) -> None:
        key = (act.__name__, exercise.id)
        if key not in self._ready:
            self._ready.add(key)
            act(exercise)

    def _reference(self, exercise: Exercise) -> Reference:
        return reference(self.assignment.reference, exercise.names)

    def held(self, trial: Trial | Telling | Search) -> Outcome:
        """Hold a trial in this process."""
        if isinstance(trial, Telling):
            return self._told(trial)
        if isinstance(trial, Search):
            return self._searched(trial)
        # Layers that start from random numbers start from the same ones every time.
        random.seed(self.assignment.config.kernel_seed)
        np.random.seed(self.assignment.config.kernel_seed)
        namespace, fault = _defined(trial.cells)
        student = Reference(namespace)
        before = state(namespace)
        exercise = self.exercises[trial.exercise]
        asked = _asking(exercise, trial.checks)
        result = self._judged(asked, student, trial.seed) if asked.checks else None
        checks = (
            ()
            if result is None
            else tuple(
                Judged(check.id, check.status, check.points, check.message)
                for check in result.checks
            )
        )
        found = Outcome("answered", checks, fault=fault)
        if trial.naming and (trial.checks is not None or found.failed):
            found = replace(found, alike=self._alike(exercise, student))
        if trial.pairing and result is not None:
            found = replace(found, called=self._pair(exercise, result, student))
        return replace(found, lasting=before is not None and state(namespace) == before)

    def _alike(self, exercise: Exercise, student: Reference) -> tuple[str, ...]:
        """Return the names of the known mistakes that answer every question as a candidate does."""
        right = self._reference(exercise)
        asked = questions(exercise, self.seed, reference=right)
        return tuple(
            each.name
            for each in self.catalogue.of(exercise.id)
            if answers_alike(asked, student, self._mistaken(exercise, each))
        )

    def _mistaken(self, exercise: Exercise, mistake: Mistake) -> Reference:
        return altered(self.assignment.reference, exercise.names, mistake)

    def _pair(
        self, exercise: Exercise, result: ExerciseResult, student: Reference
    ) -> tuple[str, ...]:
        """Return which two known mistakes grading calls a candidate, nothing for none."""
        both = recognised_pair(
            exercise,
            result,
            student=student,
            reference=self._reference(exercise),
            notebook=self.assignment.reference,
            mistakes=self.catalogue.of(exercise.id),
            seed=self.seed,
        )
        return tuple(each.info.name for each in both or ())

    def _told(self, trial: Telling) -> Outcome:
        """Return in what a released folder tells a mistake otherwise than official grading."""
        exercise = self.exercises[trial.exercise]
        known = {each.name: each for each in self.catalogue.of(exercise.id)}
        mistake = known[trial.mistake]
        here = told_otherwise(
            self.assignment,
            exercise,
            mistake,
            [known[each] for each in trial.called],
            publication(Path(trial.answers)),
        )
        kind = slip(mistake, self.assignment, exercise) if trial.pricing else None
        return Outcome("answered", here=here, slip=kind or "")

    def _searched(self, search: Search) -> Outcome:
        """Return an input that tells a mutant from the reference, as far as there is one."""
        exercise = self.exercises[search.exercise]
        right = tuple(cells(self.assignment.reference, exercise.names))

        def made(sources: tuple[str, ...]) -> Reference:
            unseeded()
            return Reference(_defined(sources)[0])

        return proposed(
            exercise,
            search.place,
            [*right, *search.cells],
            right=lambda: made(right),
            wrong=lambda: made(search.cells),
        )

    def _meet_mistakes(self, exercise: Exercise) -> None:
        """Have every known mistake answer the most telling questions, once for all trials.

        Where one of them hangs or ends its process, each trial meets them by itself.
        """

        def meet() -> None:
            telling = questions(exercise, self.seed)[:_TELLING]
            for mistake in self.catalogue.of(exercise.id):
                subject = self._mistaken(exercise, mistake)
                for scenario in telling:
                    subject.answer(scenario)

        # Looking through the notebook takes long, and is done once for all mistakes.
        nothing = Alteration(name="", exercise=exercise.id)
        altered(self.assignment.reference, exercise.names, nothing)
        if _is_harmless(meet):
            meet()

    def _judged(
        self, exercise: Exercise, student: Reference, seed: int | None = None
    ) -> ExerciseResult:
        return judge(
            exercise,
            student=student,
            reference=self._reference(exercise),
            submission=None,
            seed=self.seed if seed is None else seed,
            shrinking=False,
        )


def _asking(exercise: Exercise, checks: Iterable[str] | None) -> Exercise:
    """Return an exercise with those of its checks that have these ids, and what they need."""
    if checks is None:
        return exercise
    wanted = {*checks}
    for check in reversed(exercise.checks):
        if check.id in wanted:
            needed = {each for group in check.needs for each in group.checks}
            wanted |= {each.id for each in exercise.checks if each.function in needed}
    some = [each for each in exercise.checks if each.id in wanted]
    return Exercise(exercise.id, exercise.title, exercise.points, exercise.names, some)


def _defined(cells: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Return what cells define, and what the first that failed raised.

    A cell that fails leaves the others be, as in a notebook.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    fault = ""
    for source in cells:
        try:
            with quietly():
                exec(compile(source, "a candidate", "exec"), namespace)  # noqa: S102
        except (Exception, SystemExit) as error:  # noqa: BLE001 - candidates raise what they like
            fault = fault or f"{type(error).__name__}: {error}"
    return namespace, fault


def _is_harmless(action: Callable[[], None]) -> bool:
    """Whether a process of its own comes through `action` without an error, and soon."""
    child = os.fork()
    if child == 0:
        try:
            action()
            os._exit(0)
        finally:
            os._exit(1)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(_POLL)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def outcome(
    bench: Bench, trial: Trial | Telling | Search, *, seconds: float, memory_mb: int
) -> str:
    """Hold a trial in a process of its own and return its outcome as a line of JSON."""
    if isinstance(trial, Telling):
        seconds *= _TELLING_TAKES
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        _answer(bench, trial, into, memory_mb)
    os.close(into)
    took = 0.0
    try:
        told, in_time = _received(out, child, seconds)
    finally:
        os.close(out)
        took = _kill(child)
    if told.endswith(_SENT):
        return told.decode()
    # What was at work all the time will be again; what waited may have waited for the machine.
    lasting = not in_time and took > seconds / 2
    return json.dumps({"ended": "crash" if in_time else "time", "lasting": lasting}) + "\n"


def _kill(child: int) -> float:
    """End a trial's process, and those that it started; return the processor time of it."""
    for kill in (os.killpg, os.kill):
        # There is no group before the process has made one.
        with contextlib.suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)
    _child, _status, usage = os.wait4(child, 0)
    return usage.ru_utime + usage.ru_stime


def _answer(bench: Bench, trial: Trial | Telling | Search, into: int, memory_mb: int) -> None:
    """Hold a trial and write its outcome; the process ends here."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _limit_memory(memory_mb)
        try:
            told: dict[str, Any] = asdict(bench.held(trial))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a candidate's
            told = _fault(error)
        with os.fdopen(into, "wb") as pipe:
            pipe.write(json.dumps(told).encode() + _SENT)
        status = 0
    finally:
        os._exit(status)


def _fault(error: Exception) -> dict[str, str]:
    if isinstance(error, AssignmentError):
        return {"error": str(error)}
    return {"failed": f"{type(error).__name__}: {error}"}


def _limit_memory(memory_mb: int) -> None:
    most = psutil.Process().memory_info().vms + memory_mb * 2**20
    # Not every system can limit it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _received(pipe: int, child: int, seconds: float) -> tuple[bytes, bool]:
    """Return what came through a pipe until its end, and whether that came in time.

    A process that the machine has kept from its work gets more time.
    """
    begun = time.monotonic()
    end, last = begun + seconds, begun + _MOST_PATIENT * seconds
    parts: list[bytes] = []
    while True:
        left = end - time.monotonic()
        if left <= 0:
            if end >= last or not _is_kept_waiting(child, seconds):
                return b"".join(parts), False
            end += 1
        elif select.select([pipe], [], [], left)[0]:
            part = os.read(pipe, 1 << 16)
            parts.append(part)
            if not part or part.endswith(_SENT):
                return b"".join(parts), True


def _is_kept_waiting(child: int, seconds: float) -> bool:
    """Whether a process would work if it could, and has had less than half of its `seconds`."""
    process = psutil.Process(child)
    took = process.cpu_times()
    working = process.status() in (psutil.STATUS_RUNNING, psutil.STATUS_DISK_SLEEP)
    return working and took.user + took.system < seconds / 2


def _read(line: str) -> Trial | Telling | Search:
    kind, told = json.loads(line)
    if kind == Telling.__name__:
        return Telling(**{**told, "called": tuple(told["called"])})
    if kind == Search.__name__:
        return Search(**{**told, "cells": tuple(told["cells"])})
    checks = told["checks"]
    lists = {"cells": tuple(told["cells"]), "checks": None if checks is None else tuple(checks)}
    return Trial(**{**told, **lists})


def main() -> None:
    """Hold the trials that come on standard input until there are no more."""
    told = json.loads(sys.argv[1])
    import_afresh()
    # Nobody hears of it, and writing a traceback takes longer than many a check.
    logging.disable()
    # What ends in order also ends the trial that it holds.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    bench: Bench | None = None
    for line in questions:
        trial = _read(line)
        try:
            if bench is None:
                bench = Bench(load(Path(told["folder"])))
            bench.prepare(trial)
            # A trial that collects garbage would copy all that it shares with the bench.
            gc.freeze()
            answer = outcome(bench, trial, seconds=told["seconds"], memory_mb=told["memory_mb"])
        except Exception as error:  # noqa: BLE001 - whoever reads the answer can tell of it
            answer = json.dumps(_fault(error)) + "\n"
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    main()
