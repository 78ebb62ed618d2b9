"""What `grader release` does, and what it prints."""

import os
import re
import secrets
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import click

from grader.assignment.config import Config
from grader.assignment.loading import load
from grader.assignment.model import CONFIG, Assignment
from grader.authoring.new import SEED_BITS
from grader.authoring.release.files import REQUIREMENTS
from grader.authoring.release.gradescope import autograder
from grader.authoring.release.repository import publish
from grader.errors import AssignmentError, UsageError
from grader.files import write_atomically
from grader.i18n import SOURCE, catalogues_in

# So many bits are tried in hours, with the cases of a released folder and one example of feedback.
GUESSED_BITS: Final = 40
# Recording the answers of one known mistake takes a second or two.
STEP_SECONDS: Final = 300.0


def released_folder(out: Path, name: str, language: str) -> Path:
    """Return where below `out` an assignment is released in a language."""
    return out / (name if language == SOURCE else f"{name}.{language}")


def release(
    folder: Path,
    out: Path,
    gradescope: Path | None = None,
    language: str | None = None,
    source: str | None = None,
) -> None:
    """Write what students get of the assignment in `folder`, or an autograder for Gradescope.

    Students get a folder for each language that the assignment has a catalogue of, or for the one
    that is named. `source` says where the grader is installed from, in place of the assignment's
    `install`. Raises UsageError where it has none of that language, or cannot be there.
    """
    assignment, wheel = _coming_from(load(folder), source)
    _warn(assignment)
    if gradescope is not None:
        write_atomically(gradescope, autograder(assignment, wheel))
        click.echo(f"wrote {gradescope}, which holds the solution: it is for Gradescope alone")
        return
    known = (SOURCE, *catalogues_in(folder))
    if language is not None and language not in known:
        raise UsageError(
            f"{folder} speaks {', '.join(known)}. `grader translate {assignment.name} {language}` "
            "begins a catalogue."
        )
    main = released_folder(out, assignment.name, SOURCE)
    for code in known if language is None else (language,):
        target = released_folder(out, assignment.name, code)
        with Steps(assignment.name) as steps:
            written = publish(assignment, target, steps.begin, language=code, beside=main)
        if wheel is not None:
            write_atomically(target / wheel.name, wheel.read_bytes())
            written.append(target / wheel.name)
        for path in written:
            click.echo(f"wrote {path}")


class Steps:
    """What recording is at, shown on a terminal. A step without an end ends this process.

    Known mistakes are the instructor's own code and run in this process: one that loops cannot be
    ended otherwise. Nothing is written before all are recorded.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._shown = sys.stderr.isatty()
        self._late: threading.Timer | None = None

    def begin(self, told: str) -> None:
        """Begin the step that is told of, which ends the one before."""
        self._end()
        if self._shown:
            click.echo(f"\r\033[K{told}", nl=False, err=True)
        self._late = threading.Timer(STEP_SECONDS, self._give_up, [told])
        self._late.daemon = True
        self._late.start()

    def _end(self) -> None:
        if self._late is not None:
            self._late.cancel()

    def _give_up(self, told: str) -> None:
        click.echo(
            f"Error: recording has come to no end for {STEP_SECONDS:g} s at “{told}”. Known "
            f"mistakes must end; `grader verify {self._name}` names the one that does not. Nothing "
            "was written.",
            err=True,
        )
        os._exit(AssignmentError.exit_status)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)


def _warn(assignment: Assignment) -> None:
    """Tell of what is better mended before students get it."""
    if _is_guessable(assignment.config):
        click.echo(
            f"warning: {assignment.folder / CONFIG}: `seed` can be guessed, and with it what "
            f"official grading asks. Write one of your own: seed = {secrets.randbits(SEED_BITS)}",
            err=True,
        )
    if not assignment.config.install:
        click.echo(
            f"warning: {REQUIREMENTS} cannot be installed yet, for nothing says where the grader "
            "comes from: give --grader-from, or `install` in assignment.toml.",
            err=True,
        )


def _is_guessable(config: Config) -> bool:
    """Whether students can find the seed: they have one of the others, or time to try all."""
    return config.seed == config.public_seed or config.seed.bit_length() <= GUESSED_BITS


# https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
_WHEEL: Final = re.compile(r"notebook_grader-[^-]+(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_ADDRESS: Final = re.compile(r"(git\+)?(https|ssh|file)://\S+")


def _coming_from(assignment: Assignment, source: str | None) -> tuple[Assignment, Path | None]:
    """Return the assignment with the grader coming from `source`, and the wheel to put beside it.

    `source` is an address or a wheel of the grader; None leaves it to the assignment's `install`.
    Raises UsageError where it is neither.
    """
    if source is None:
        return assignment, None
    path = Path(source)
    wheel = path if _WHEEL.fullmatch(path.name) and path.is_file() else None
    if wheel is None and not _ADDRESS.fullmatch(source):
        raise UsageError(
            f"--grader-from {source}: name a wheel of the grader that is there "
            "(notebook_grader-….whl), or an address: https://….whl, or git+https://…@TAG."
        )
    install = path.name if wheel is not None else source
    config = replace(assignment.config, install=install)
    return replace(assignment, config=config), wheel
