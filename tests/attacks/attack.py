"""What an attack is, and how it comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Final, Literal

from grader.sandbox.rungs import Rung, policy

Family = Literal["gaming", "stealing", "breaking out", "handing in", "bombs"]

# What is tested: elsewhere nothing is promised, and the negative controls run on rung 3.
RUNGS: Final = tuple(rung for rung in Rung if policy(rung).sandbox)

# What a kernel that refuses something says: not allowed, not there, not known.
REFUSALS: Final = frozenset(
    (
        *("EPERM", "EACCES", "ENOENT", "ENOSYS", "EROFS", "EOPNOTSUPP", "ENOTSUP"),
        *("ESRCH", "ENXIO", "ENODEV", "EXDEV", "ECONNREFUSED"),
    )
)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """An attack: its name, and what it must not gain, in words.

    `known` says for a rung why the attack succeeds there all the same, as far as it does.
    """

    name: str
    must_not: str
    known: Mapping[Rung, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name fit for a path."""
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Outcome:
    """What came of an attack: whether it gained what it must not, and how it ended."""

    won: bool
    how: str


@dataclass(frozen=True, kw_only=True)
class Probe(Attack):
    """An attack on what lies outside the sandbox, by one cell.

    `code` is the body of a function of `T`, the targets (see `Canaries.targets`). It returns its
    loot: something true where it has got anything. `held_by` is what may stop it: the names of
    the errors that the system refuses it with, or of the exception that it ends with; "nothing"
    where it ends without loot.

    A probe that is `alone` has a notebook to itself. `layer` is the source of a `ReLU` that
    such a notebook hands in, to attack from its answers.

    On rung 3 those with `control` succeed: they harm nothing but what the test made.
    """

    code: str
    held_by: frozenset[str] = REFUSALS
    alone: bool = False
    layer: str = ""
    control: bool = False


@dataclass(frozen=True, kw_only=True)
class Fraud(Attack):
    """An attack on the score: a cell that hands in what is wrong and tries to have it pass.

    `honest` is the same without the attempt, whose score in `exercise` is all that it may get; ""
    stands for a layer without a point. `review` says that points may be left to a person to give.
    Where the fraud is `known` to pay, a note tells the instructor. Those that are `naive` succeed
    where the student's own process judges.
    """

    code: str
    exercise: str = "relu"
    honest: str = ""
    review: bool = False
    naive: bool = False


@dataclass(frozen=True, kw_only=True)
class Bomb(Attack):
    """An attack on the machine: it takes more than the limits allow.

    `code` is a cell between two that define a function each, `told` what the result must say of
    it, as a regular expression over its cell's end, the checks' messages and the notes. It costs
    nothing but the exercises in `costs`, those of the functions that it spoils itself. `limits`
    are other than those that all bombs share.

    With the limits lifted, those with `control` do what they set out to.
    """

    code: str
    told: str
    costs: frozenset[str] = frozenset()
    limits: Mapping[str, float] = field(default_factory=dict)
    control: bool = False

    @property
    def source(self) -> str:
        """The cell's source."""
        return dedent(self.code)
