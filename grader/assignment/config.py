"""What `assignment.toml` says of an assignment."""

import math
import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from grader import __version__
from grader.errors import AssignmentError
from grader.results.model import Level, SlipKind
from grader.sandbox.limits import Limits

KINDS: Final[tuple[str, ...]] = get_args(SlipKind)


class Training(BaseModel):
    """What `--quick` leaves out: the cells that train `network` on what `loader` delivers.

    `accuracy` and `loss`, in nats, are those that the reference's network reaches on the test
    images of the grader.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    loader: str
    accuracy: float = Field(ge=0, le=1)
    loss: float = Field(ge=0)


class FollowThrough(BaseModel):
    """How a slip is charged that spoils more than itself: once, as examiners do.

    Where one line of a solution, mended, lets every check of an exercise pass, the exercise gives
    all its points but the slip's price, or what it gives as it stands, whichever is more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    marks: bool = Field(default=True, description="Whether there are such marks.")
    price: float | None = Field(
        default=None,
        ge=0.5,
        multiple_of=0.5,
        description="What a slip costs, in points; a tenth of the exercise where nothing is said.",
    )
    prices: dict[str, Annotated[float, Field(ge=0.5, multiple_of=0.5)]] = Field(
        default_factory=dict, description="The same for single kinds of slips, such as `name`."
    )
    show_mend: bool = Field(
        default=False, description="Whether students are shown the line as it would be right."
    )

    @field_validator("prices")
    @classmethod
    def _are_kinds(cls, prices: dict[str, float]) -> dict[str, float]:
        for each in prices:
            if each not in KINDS:
                raise ValueError(f"{each!r} is no kind of slip; they are {', '.join(KINDS)}")
        return prices

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


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class HandingIn(BaseModel):
    """Until when an assignment is handed in, what being late costs, and which attempt counts.

    Only a gradebook goes by it; what it takes off is told beside the points, never hidden in them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: AwareDatetime | None = Field(
        default=None, description="The last moment, with its offset: 2026-12-01T23:59:00+01:00."
    )
    time_zone: TimeZone = Field(
        default="",
        description="Where the course is, as Europe/Berlin: a day late ends there at the hour of "
        "the deadline, also where clocks were changed meanwhile. Without it a day has 24 hours.",
    )
    grace_minutes: float = Field(
        default=0.0, ge=0, description="How much later nothing is taken off yet, in minutes."
    )
    percent_per_day: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="What each day that was begun costs, in percent of the assignment's points.",
    )
    lowest_percent: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="Below how many percent of the points being late brings nobody.",
    )
    closed_after_days: float | None = Field(
        default=None, ge=0, description="After how many days an attempt counts nothing."
    )
    counts: Literal["best", "last"] = Field(
        default="last", description="Which of several attempts counts."
    )


class Release(BaseModel):
    """What a student's repository says of itself: the assignment's name, and who released it.

    `grader` is the version of this package, "" in what was released before that was told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    grader: str = ""


class Config(BaseModel):
    """The contents of `assignment.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    version: str = "1"
    seed: int = Field(
        default=0,
        description="What official questions are drawn from; no process with student code has it.",
    )
    public_seed: int = Field(
        default=1,
        description="The seed in students' repositories, in place of `seed` and of the same use.",
    )
    kernel_seed: int = Field(
        default=0,
        ge=0,
        lt=2**32,
        description="What a notebook's own random numbers start from. It is no secret: the "
        "notebook can print it, so it must not tell `seed`.",
    )
    python: str = Field(default="", description="The Python it needs, as `>=3.12`.")
    packages: tuple[str, ...] = Field(
        default=(), description="What its notebooks import, as pip names it: `pandas>=2`."
    )
    datasets: tuple[str, ...] = ()
    files: tuple[str, ...] = Field(
        default=(),
        description="Files in the assignment's folder, by their paths, that notebooks read: they "
        "lie beside a notebook wherever it runs, and are released with it.",
    )
    libraries: tuple[str, ...] = Field(
        default=(),
        description="Libraries that may do the work, such as `torch`, by what is imported: the "
        "instructor is not told of who uses them.",
    )
    provides: tuple[str, ...] = Field(
        default=(), description="Names that every notebook of the assignment defines."
    )
    looks: tuple[int, ...] = Field(
        default=(), description="Seeds for second looks at what depends on luck."
    )
    feedback: Level = Field(
        default="everything", description="The most that students are told of any check."
    )
    training: Training | None = Field(
        default=None, description="The training, for assignments that have one."
    )
    limits: Limits = Limits()
    follow_through: FollowThrough = FollowThrough()
    handing_in: HandingIn = HandingIn()
    install: str = Field(
        default="",
        description="What students' requirements install the grader from: an address, a wheel, or "
        "a name that you have made sure of. Nothing can be installed where it is empty.",
    )
    release: Release | None = Field(
        default=None, description="Set in what is released to students, and only there."
    )

    @field_validator("python")
    @classmethod
    def _is_specifier(cls, wanted: str) -> str:
        try:
            SpecifierSet(wanted)
        except InvalidSpecifier:
            raise ValueError(f"{wanted!r} names no versions; write it as '>=3.12'") from None
        return wanted

    @field_validator("files")
    @classmethod
    def _are_below(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for each in files:
            path = PurePosixPath(each)
            if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in each:
                raise ValueError(f"{each!r} is no path below the folder; write it as 'data/x.csv'")
            if path.suffix in (".ipynb", ".toml") or path.parts[0] in ("public", "locale"):
                raise ValueError(f"{each!r} is a part of the assignment, not a file for notebooks")
        return files

    @field_validator("packages")
    @classmethod
    def _are_requirements(cls, packages: tuple[str, ...]) -> tuple[str, ...]:
        for each in packages:
            try:
                Requirement(each)
            except InvalidRequirement:
                raise ValueError(f"{each!r} is no package; write it as 'pandas>=2'") from None
        return packages


def config_of(path: Path) -> Config:
    """Return what the file says. Raises AssignmentError, naming the file and the place."""
    try:
        return Config.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise AssignmentError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = first["msg"]
        if first["type"] == "extra_forbidden":
            *tables, _name = first["loc"]
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
