"""What `assignment.toml` says of an assignment."""

import math
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from annotated_types import Ge, Le, Lt, MultipleOf
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from grader import __version__, models
from grader.errors import AssignmentError
from grader.models import Clean, FieldError, Model
from grader.results.model import Level, SlipKind
from grader.sandbox.limits import Limits

KINDS: Final[tuple[str, ...]] = get_args(SlipKind)


def _kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"{name!r} is no kind of slip; they are {', '.join(KINDS)}")
    return name


def _versions(wanted: str) -> str:
    try:
        SpecifierSet(wanted)
    except InvalidSpecifier:
        raise ValueError(f"{wanted!r} names no versions; write it as '>=3.12'") from None
    return wanted


def _below(file: str) -> str:
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in file:
        raise ValueError(f"{file!r} is no path below the folder; write it as 'data/x.csv'")
    if path.suffix in (".ipynb", ".toml") or path.parts[0] in ("public", "locale"):
        raise ValueError(f"{file!r} is a part of the assignment, not a file for notebooks")
    return file


def _requirement(package: str) -> str:
    try:
        Requirement(package)
    except InvalidRequirement:
        raise ValueError(f"{package!r} is no package; write it as 'pandas>=2'") from None
    return package


Kind = Annotated[str, Clean(_kind)]
Price = Annotated[float, Ge(0.5), MultipleOf(0.5)]
Versions = Annotated[str, Clean(_versions)]
Below = Annotated[str, Clean(_below)]
Package = Annotated[str, Clean(_requirement)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Model):
    """What `--quick` leaves out: the cells that train `network` on what `loader` delivers.

    `accuracy` and `loss`, in nats, are those that the reference's network reaches on the test
    images of the grader.
    """

    network: str
    loader: str
    accuracy: Annotated[float, Ge(0), Le(1)]
    loss: Annotated[float, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowThrough(Model):
    """How a slip is charged that spoils more than itself: once, as examiners do.

    Where one line of a solution, mended, lets every check of an exercise pass, the exercise gives
    all its points but the slip's price, or what it gives as it stands, whichever is more.
    """

    marks: bool = True
    """Whether there are such marks."""
    price: Price | None = None
    """What a slip costs, in points; a tenth of the exercise where nothing is said."""
    prices: dict[Kind, Price] = field(default_factory=dict)
    """The same for single kinds of slips, such as `name`."""
    show_mend: bool = False
    """Whether students are shown the line as it would be right."""

    def of(self, kind: str, points: float) -> float:
        """Return what a slip of a kind costs in an exercise worth so many points."""
        usual = max(0.5, math.ceil(points / 5) / 2) if self.price is None else self.price
        return self.prices.get(kind, usual)


def _time_zone(name: str) -> str:
    """Return the name of a time zone that this machine knows, or "". Raises ValueError."""
    try:
        return name and ZoneInfo(name).key
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(
            f"{name!r} is no time zone that is known here: write one as Europe/Berlin. Where even "
            "that is not known, `pip install tzdata`"
        ) from None


TimeZone = Annotated[str, Clean(_time_zone)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandingIn(Model):
    """Until when an assignment is handed in, what being late costs, and which attempt counts.

    Only a gradebook goes by it; what it takes off is told beside the points, never hidden in them.
    """

    due: datetime | None = None
    """The last moment, with its offset: 2026-12-01T23:59:00+01:00."""
    time_zone: TimeZone = ""
    """Where the course is, as Europe/Berlin: a day late ends there at the hour of the deadline,
    also where clocks were changed meanwhile. Without it a day has 24 hours."""
    grace_minutes: Annotated[float, Ge(0)] = 0.0
    """How much later nothing is taken off yet, in minutes."""
    percent_per_day: Annotated[float, Ge(0), Le(100)] = 0.0
    """What each day that was begun costs, in percent of the assignment's points."""
    lowest_percent: Annotated[float, Ge(0), Le(100)] = 0.0
    """Below how many percent of the points being late brings nobody."""
    closed_after_days: Annotated[float, Ge(0)] | None = None
    """After how many days an attempt counts nothing."""
    counts: Literal["best", "last"] = "last"
    """Which of several attempts counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Model):
    """What a student's repository says of itself: the assignment's name, and who released it.

    `grader` is the version of this package, "" in what was released before that was told.
    """

    name: str
    grader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config(Model):
    """The contents of `assignment.toml`."""

    title: str
    version: str = "1"
    seed: int = 0
    """What official questions are drawn from; no process with student code has it."""
    public_seed: int = 1
    """The seed in students' repositories, in place of `seed` and of the same use."""
    kernel_seed: Annotated[int, Ge(0), Lt(2**32)] = 0
    """What a notebook's own random numbers start from. It is no secret: the notebook can print
    it, so it must not tell `seed`."""
    python: Versions = ""
    """The Python it needs, as `>=3.12`."""
    packages: tuple[Package, ...] = ()
    """What its notebooks import, as pip names it: `pandas>=2`."""
    datasets: tuple[str, ...] = ()
    files: tuple[Below, ...] = ()
    """Files in the assignment's folder, by their paths, that notebooks read: they lie beside a
    notebook wherever it runs, and are released with it."""
    libraries: tuple[str, ...] = ()
    """Libraries that may do the work, such as `torch`, by what is imported: the instructor is
    not told of who uses them."""
    provides: tuple[str, ...] = ()
    """Names that every notebook of the assignment defines."""
    looks: tuple[int, ...] = ()
    """Seeds for second looks at what depends on luck."""
    feedback: Level = "everything"
    """The most that students are told of any check."""
    training: Training | None = None
    """The training, for assignments that have one."""
    limits: Limits = field(default_factory=Limits)
    follow_through: FollowThrough = field(default_factory=FollowThrough)
    handing_in: HandingIn = field(default_factory=HandingIn)
    install: str = ""
    """What students' requirements install the grader from: an address, a wheel, or a name that
    you have made sure of. Nothing can be installed where it is empty."""
    release: Release | None = None
    """Set in what is released to students, and only there."""


def config_of(path: Path) -> Config:
    """Return what the file says. Raises AssignmentError, naming the file and the place."""
    try:
        return models.made(Config, tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path} is no TOML: {error}.") from error
    except FieldError as error:
        where, what = ".".join(map(str, error.place)), error.what
        if error.unknown:
            *tables, _name = error.place
            above = f"below [{'.'.join(map(str, tables))}]" if tables else "above all [tables]"
            what = f"there is no such setting {above}; check its spelling and where it belongs"
        raise AssignmentError(f"{path}: `{where}`: {what}.") from error


def other_version(path: Path) -> str:
    """Return what to do where another version of the grader released what the file belongs to.

    "" where this one did, or where nothing was released. The file may hold what only that other
    version understands.
    """
    try:
        release = tomllib.loads(path.read_text("utf-8")).get("release")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return ""
    if not isinstance(release, dict) or release.get("grader") == __version__:
        return ""
    made_with = f"version {release['grader']}" if "grader" in release else "an earlier version"
    return (
        f"The folder was released with {made_with} of the grader, and this is "
        f"{__version__}. Get the folder anew from your course, or install what its "
        "requirements.txt names."
    )
