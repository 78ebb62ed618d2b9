"""What an attack is, and how it comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from grader.sandbox.rungs import Rung

Family = Literal["gaming", "stealing", "breaking out", "bombs"]

# What is tested; on rung 3 nothing is promised, and the negative controls run there.
RUNGS: Final = (Rung.NAMESPACES, Rung.KERNEL)

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
    """An attack on the score: a cell that defines a wrong layer and tries to have it pass.

    `code` is the cell, in which `wrong` stands for the layer's source; `exercise` is what is
    graded. `review` says that points may be left to a person to give.
    """

    code: str
    exercise: str = "relu"
    wrong: str = "ReLU"
    review: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bomb(Attack):
    """An attack on the machine: it takes more than the `limits` allow.

    `code` is the cell, `told` what the result must say of it, as a regular expression over the
    cells' errors and the checks' messages. A bomb in a `ReLU` goes off in an answer.
    """

    code: str
    told: str
    limits: Mapping[str, float] = field(default_factory=dict)
