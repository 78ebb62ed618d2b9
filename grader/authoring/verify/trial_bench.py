"""The process that holds trials: it forks for each, and kills what does not end.

    python -m grader.authoring.verify.trial_bench '{"folder": …, "seconds": …, "memory_mb": …}'

Trials come on standard input and outcomes go to standard output, each a line of JSON. What
candidates print goes nowhere.
"""

import contextlib
import gc
import importlib
import json
import os
import random
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from grader.asking.cases import draw
from grader.assignment.beside import files_of
from grader.assignment.loading import load
from grader.assignment.mistakes import Alteration, catalogue
from grader.assignment.model import Assignment, Exercise
from grader.authoring.verify.trials import SECONDS, Judged, Outcome, Trial
from grader.errors import AssignmentError
from grader.judging.judge import judge
from grader.judging.matching import questions, recognised
from grader.judging.pairs import recognised_pair
from grader.notebook.imports import imported_by
from grader.results.model import ExerciseResult
from grader.subjects.reference import Reference, altered, quietly, reference

# What an outcome ends with: without it the process died in the middle of writing.
_SENT = b"\n"
# How many questions known mistakes answer beforehand: few answer so many as another does.
_TELLING = 4
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
        self.references = {
            each.id: reference(assignment.reference, each.names)
            for each in assignment.exercises
            if each.unit
        }
        self.catalogue = catalogue(assignment)
        for id_, right in self.references.items():
            for kind in {check.case for check in self.exercises[id_].checks}:
                if kind is not None:
                    draw(kind, self.seed)
            self._judged(self.exercises[id_], right)
            # Looking through the notebook takes long, and is done once for all mistakes.
            altered(
                assignment.reference, self.exercises[id_].names, Alteration(name="", exercise=id_)
            )
            self._meet_mistakes(self.exercises[id_])

    def held(self, trial: Trial) -> Outcome:
        """Hold a trial in this process."""
        # Layers that start from random numbers start from the same ones every time.
        random.seed(self.assignment.config.kernel_seed)
        np.random.seed(self.assignment.config.kernel_seed)
        student, fault = _defined(trial.cells)
        exercise = self.exercises[trial.exercise]
        result = self._judged(exercise, student, trial.seed)
        named = self._named(exercise, result, student) if trial.naming else None
        checks = tuple(
            Judged(check.id, check.status, check.points, check.message) for check in result.checks
        )
        return Outcome("answered", checks, named, fault)

    def _named(self, exercise: Exercise, result: ExerciseResult, student: Reference) -> str | None:
        """Return what grading calls a candidate, None for nothing: a mistake, or two of them."""
        known: dict[str, Any] = {
            "student": student,
            "reference": self.references[exercise.id],
            "notebook": self.assignment.reference,
            "mistakes": self.catalogue.of(exercise.id),
            "seed": self.seed,
        }
        one = recognised(exercise, result, **known)
        if one is not None:
            return one.info.name
        both = recognised_pair(exercise, result, **known)
        return " and ".join(each.info.name for each in both) if both else None

    def _meet_mistakes(self, exercise: Exercise) -> None:
        """Have every known mistake answer the most telling questions, once for all trials.

        Where one of them hangs or ends its process, each trial meets them by itself.
        """

        def meet() -> None:
            telling = questions(exercise, self.seed)[:_TELLING]
            for mistake in self.catalogue.of(exercise.id):
                subject = altered(self.assignment.reference, exercise.names, mistake)
                for scenario in telling:
                    subject.answer(scenario)

        if _is_harmless(meet):
            meet()

    def _judged(self, exercise: Exercise, student: Reference, seed: int | None = None) -> Any:
        return judge(
            exercise,
            student=student,
            reference=self.references[exercise.id],
            submission=None,
            seed=self.seed if seed is None else seed,
            shrinking=False,
        )


def _defined(cells: tuple[str, ...]) -> tuple[Reference, str]:
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
    return Reference(namespace), fault


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


def outcome(bench: Bench, trial: Trial, *, seconds: float, memory_mb: int) -> str:
    """Hold a trial in a process of its own and return its outcome as a line of JSON."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        _answer(bench, trial, into, memory_mb)
    os.close(into)
    try:
        told, in_time = _received(out, seconds)
    finally:
        os.close(out)
        _kill(child)
    if told.endswith(_SENT):
        return told.decode()
    return json.dumps({"ended": "crash" if in_time else "time"}) + "\n"


def _kill(child: int) -> None:
    """End a trial's process, and those that it started."""
    for kill in (os.killpg, os.kill):
        # There is no group before the process has made one.
        with contextlib.suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _answer(bench: Bench, trial: Trial, into: int, memory_mb: int) -> None:
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


def _received(pipe: int, seconds: float) -> tuple[bytes, bool]:
    """Return what came through a pipe until its end, and whether that came in time."""
    end = time.monotonic() + seconds
    parts: list[bytes] = []
    while (left := end - time.monotonic()) > 0:
        if not select.select([pipe], [], [], left)[0]:
            continue
        part = os.read(pipe, 1 << 16)
        parts.append(part)
        if not part or part.endswith(_SENT):
            return b"".join(parts), True
    return b"".join(parts), False


def main() -> None:
    """Hold the trials that come on standard input until there are no more."""
    told = json.loads(sys.argv[1])
    # What ends in order also ends the trial that it holds.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    bench: Bench | None = None
    for line in questions:
        trial = Trial(**{**(read := json.loads(line)), "cells": tuple(read["cells"])})
        try:
            if bench is None:
                bench = Bench(load(Path(told["folder"])))
                # A trial that collects garbage would copy all that it shares with the bench.
                gc.freeze()
            answer = outcome(bench, trial, seconds=told["seconds"], memory_mb=told["memory_mb"])
        except Exception as error:  # noqa: BLE001 - whoever reads the answer can tell of it
            answer = json.dumps(_fault(error)) + "\n"
        answers.write(answer)
        answers.flush()


if __name__ == "__main__":
    main()
