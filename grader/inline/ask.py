"""Asking and judging for `%check`, in a process that is kept for the session of one kernel."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import grader.lean as _lean  # noqa: F401 - before anything else
from grader.assignment.loading import load
from grader.assignment.model import Assignment, Exercise, exercises_named
from grader.errors import GraderError, UsageError
from grader.execution.calibration import processor_slowness
from grader.extras import missing
from grader.i18n import _, marked, spoken
from grader.inline.cells_again import Again, run_again
from grader.inline.lines import Lines
from grader.inline.live import (
    NEVER_COUNTS,
    Shown,
    file_of,
    folder_here,
    judged,
    laid_out,
    spoken_in,
)
from grader.inline.stamps import Stamp, stamp_of
from grader.judging.judges import judge_for
from grader.notebook.reading import read
from grader.sandbox.snapshot import Snapshot, State
from grader.sandbox.supervisor import told_pair

FRESH: Final = marked("{file} was run anew, as it is saved. This never counts.")


class Session:
    """What is known from one question to the next: the assignment, as its files were once.

    An assignment's checks are modules, which are imported once. So where its files have changed
    since, or could not be read, this process is no use any more.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._home = Path.cwd()
        self._loaded: dict[Path, tuple[Assignment, Stamp]] = {}
        self._spoilt = False

    def prepare(self, idle: Callable[[], bool]) -> None:
        """Do beforehand what each question needs, as far as that is known.

        What only some need is done where nothing is asked meanwhile, as `idle` tells.
        """
        laid_out([], [])
        # Whoever asks is told.
        with suppress(GraderError):
            assignment = self._assignment([self._home])
            asked = [each for each in assignment.exercises if each.unit]
            judge_for(assignment).prepare(asked, assignment.config.seed)
        if idle():
            processor_slowness()

    def answer(self, question: dict[str, Any]) -> None:
        """Answer a question of the kernel's, or say that another process is to be asked."""
        if not question.get("anew") and not self._current():
            self._lines.say({"stale": True})
            return
        try:
            told = self._told(question)
        except GraderError as error:
            told = {"text/plain": str(error)}
        self._lines.say({"answer": told})

    def _current(self) -> bool:
        return not self._spoilt and all(
            stamp_of(each.folder) == stamp for each, stamp in self._loaded.values()
        )

    def _told(self, question: dict[str, Any]) -> Shown:
        folder = Path(question["folder"])
        with suppress(OSError):
            os.chdir(folder)
        # A notebook's own code may have left the folder that it was opened in.
        assignment = self._assignment([self._home, folder])
        with spoken(spoken_in(assignment, question["notebook"], self._home), assignment.sources):
            return self._asked(assignment, question)

    def _assignment(self, folders: Sequence[Path]) -> Assignment:
        """Return the assignment that the first of `folders` has which has any."""
        try:
            found = folder_here(*folders)
            if found not in self._loaded:
                stamp = stamp_of(found)
                self._loaded[found] = (load(found), stamp)
            return self._loaded[found][0]
        except GraderError:
            # Of what was imported by then, part may have to be read anew.
            self._spoilt = True
            raise

    def _asked(self, assignment: Assignment, question: dict[str, Any]) -> Shown:
        wanted = exercises_named(assignment, question["only"])
        if question["fresh"]:
            return self._fresh(assignment, question["only"], question["notebook"])
        units = [each for each in wanted if each.unit]
        state, defined, notes = self._state(units, question)
        with closing(state):
            results, left = judged(assignment, wanted, defined, state, self._asking)
        whole = [_(exercise.title) for exercise in wanted if not exercise.unit]
        if whole:
            left.append(
                _(
                    "Asked of the whole notebook alone, by `%check --fresh`: {whole}.",
                    whole=", ".join(whole),
                )
            )
        return laid_out(results, [*left, *notes, _(NEVER_COUNTS)] if results else [*left, *notes])

    def _state(
        self, exercises: Sequence[Exercise], question: dict[str, Any]
    ) -> tuple[State, Collection[str], Sequence[str]]:
        """Return who answers for the notebook, the names that are there, and what is to be said."""
        defined = set(question["defined"])
        if "cells" in question:
            names = {name for each in exercises for name in each.names}
            again: Again = run_again(
                question["cells"], names & defined, Path(question["folder"]), self._now
            )
            return again.state, defined - again.lost, again.notes
        channel, theirs = told_pair()
        with theirs:
            self._lines.say({"state": True}, theirs.fileno())
        return Snapshot(channel), defined, ()

    def _now(self, text: str) -> None:
        self._lines.say({"now": text})

    def _asking(self, title: str) -> None:
        """Tell which exercise is asked about."""
        self._now(f"{title} …")

    def _running(self, done: int, total: int) -> None:
        """Tell how many of the notebook's cells have run."""
        self._now(_("Running your cells: {done} of {total} …", done=done, total=total))

    def _fresh(self, assignment: Assignment, only: Sequence[str], told: str | None) -> Shown:
        # Most questions are about what is defined, and need nothing of it.
        try:
            return self._run_anew(assignment, only, told)
        except ModuleNotFoundError as error:
            lacking = missing(error.name or "")
            if lacking is None:
                raise
            raise UsageError(lacking) from error

    def _run_anew(self, assignment: Assignment, only: Sequence[str], told: str | None) -> Shown:
        from grader.grading import Options, grade  # noqa: PLC0415
        from grader.reports.wording import scope  # noqa: PLC0415

        path = file_of(assignment, told, self._home)
        if not path.is_file():
            raise UsageError(
                f"There is no {path.name} here. Save the notebook in the folder that it came in."
            )
        quick = assignment.config.training is not None
        result = grade(
            read(path),
            assignment,
            Options(only=tuple(only), quick=quick),
            progress=lambda _index, done, total: self._running(done, total),
            stage=self._asking,
        )
        return laid_out(result.exercises, [*scope(result), _(FRESH, file=path.name)])
