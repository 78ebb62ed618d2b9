"""What `grader release` does, and what it prints."""

import os
import re
import secrets
import shlex
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
from grader.authoring.release import classroom50
from grader.authoring.release.files import PACKAGE, REQUIREMENTS
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
    classroom: Path | None = None,
) -> None:
    """Write what students get of the assignment in `folder`, or an autograder for Gradescope.

    Students get a folder for each language that the assignment has a catalogue of, or for the one
    that is named. `source` says where the grader is installed from, in place of the assignment's
    `install`. `classroom` is a classroom's folder in a `classroom50` repository, in which an
    autograder is written as well. Raises UsageError where the assignment has none of that
    language, or something cannot be where it is to be.
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
        if classroom is not None and target == released_folder(
            out, assignment.name, language or SOURCE
        ):
            _write_autograder(assignment, target, classroom, wheel)


def _write_autograder(
    assignment: Assignment, released: Path, classroom: Path, wheel: Path | None
) -> None:
    """Write an autograder for Classroom 50, and say what makes it an assignment there."""
    if not classroom.is_dir():
        raise UsageError(
            f"{classroom} is no folder: name that of a classroom in your organisation's "
            "`classroom50` repository, as `gh teacher classroom add` makes it."
        )
    name = classroom50.slug(assignment)
    folder = classroom / classroom50.FOLDER / name
    for path, content in classroom50.autograder(assignment, released, wheel).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / path, content)
    click.echo(f"wrote {folder}/, for Classroom 50, which publishes it: it holds no solution")
    click.echo(
        f"Next: commit it, make {released} a template repository, and\n"
        f"gh teacher assignment add ORG {classroom.absolute().name} {name} "
        f"--name {shlex.quote(assignment.config.title)} --template ORG/TEMPLATE "
        f"--runtime {shlex.quote(str(folder / classroom50.RUNTIME))}"
    )


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
            "comes from: give --grader-from, --owner with --ref, or `install` in assignment.toml.",
            err=True,
        )


def _is_guessable(config: Config) -> bool:
    """Whether students can find the seed: they have one of the others, or time to try all."""
    return config.seed == config.public_seed or config.seed.bit_length() <= GUESSED_BITS


# https://docs.github.com/en/enterprise-cloud@latest/admin/concepts/identity-and-access-management/username-considerations-for-external-authentication
_OWNER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?")
# https://git-scm.com/docs/git-check-ref-format, and no more of it than tags have.
_REF: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._/-]*")


def address(owner: str | None, ref: str | None) -> str | None:
    """Return where the grader is on GitHub: in whose repository, and at which tag or commit.

    `owner` is an account, or an account and the name of its copy, `owner/name`. Raises UsageError
    where one is missing or cannot be one.
    """
    if owner is None and ref is None:
        return None
    if owner is None or ref is None:
        raise UsageError(
            "--owner and --ref belong together: whose repository on GitHub the grader is in, and "
            "at which tag or commit of it. A branch would give each student another grader."
        )
    if not _OWNER.fullmatch(owner) or not _REF.fullmatch(ref):
        raise UsageError(
            f"--owner {owner} --ref {ref}: give an account on GitHub (or account/repository), and "
            "a tag or a commit."
        )
    repository = owner if "/" in owner else f"{owner}/{PACKAGE}"
    return f"git+https://github.com/{repository}.git@{ref}"


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
