"""Models: whatever makes one, it is as its annotations say, and its faults are told by place."""

from dataclasses import FrozenInstanceError, dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from annotated_types import Ge, MaxLen, MultipleOf

from grader import Evidence
from grader.models import (
    FINITE,
    Clean,
    FieldError,
    Model,
    Pattern,
    changed,
    dumps,
    fit_of,
    loads,
    made,
    plain,
)


class Kind(IntEnum):
    ONE = 1
    TWO = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Model):
    name: Annotated[str, Clean(str.strip)]
    points: Annotated[float, Ge(0), MultipleOf(0.5), FINITE] = 0.0
    status: Literal["good", "bad"] = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Model):
    parts: tuple[Part, ...] = ()
    total: float = 0.0
    code: Annotated[str, Pattern("^[a-z]*$"), MaxLen(3)] = ""
    due: datetime | None = None
    file: Path | None = None
    kind: Kind = Kind.ONE
    pair: tuple[int, str] = (0, "")
    costs: dict[str, Annotated[float, Ge(0)]] = field(default_factory=dict)

    def require_sound(self) -> None:
        if self.total != sum(each.points for each in self.parts):
            raise ValueError("the parts sum to another total")


@dataclass(frozen=True)
class Drawn:
    """No model: what an assignment declares of its questions."""

    sizes: tuple[int, ...]
    rate: float
    more: Any = None


WHOLE = Whole(
    parts=(Part(name="one", points=1.5), Part(name="two", status="bad")),
    total=1.5,
    code="abc",
    due=datetime.fromisoformat("2026-12-01T23:59:00+01:00"),
    file=Path("data/x.csv"),
    kind=Kind.TWO,
    pair=(3, "c"),
    costs={"one": 0.5},
)


def test_what_is_written_is_read_again() -> None:
    """As JSON and as plain data, with nested models, dates, paths and names of enumerations."""
    assert loads(Whole, dumps(WHOLE)) == WHOLE
    assert made(Whole, plain(WHOLE)) == WHOLE
    assert plain(WHOLE)["due"] == "2026-12-01T23:59:00+01:00"
    assert plain(Whole(due=datetime.fromisoformat("2026-12-01T22:59Z")))["due"].endswith(":00Z")
    drawn = Drawn((2, 3), 0.1, (1, "x"))
    assert loads(Drawn, dumps(drawn)) == replace(drawn, more=[1, "x"])


def test_what_is_made_in_code_is_as_what_is_read() -> None:
    """Numbers become of their fields' types, lists tuples, mappings models; texts are cleaned."""
    parts: Any = [{"name": " one ", "points": np.float32(2)}]
    costs: Any = {"one": np.int64(1)}
    made_here = Whole(parts=parts, total=2, costs=costs)
    assert made_here == Whole(parts=(Part(name="one", points=2.0),), total=2.0, costs={"one": 1.0})
    assert type(made_here.total) is type(made_here.parts[0].points) is float
    assert type(made_here.costs["one"]) is float


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"parts": [{"points": 1}]}, "parts.0.name: it is missing"),
        ({"parts": [{"name": "a", "more": 1}]}, "parts.0.more: there is no such field"),
        ({"parts": [{"name": 1}]}, "parts.0.name: 1 is no text"),
        ({"parts": [{"name": "a", "points": -1}]}, "parts.0.points: -1.0 is less than 0"),
        ({"parts": [{"name": "a", "points": 0.2}]}, "parts.0.points: 0.2 is no multiple of 0.5"),
        ({"parts": [{"name": "a", "points": float("nan")}]}, "parts.0.points: nan is "),
        ({"parts": [{"name": "a", "points": float("inf")}]}, "parts.0.points: inf is "),
        ({"parts": [{"name": "a", "points": True}]}, "parts.0.points: True is no number"),
        ({"parts": [{"name": "a", "status": "ok"}]}, "parts.0.status: 'ok' is none of 'good', 'b"),
        ({"parts": "ab"}, "parts: 'ab' is no list"),
        ({"total": 1}, "the parts sum to another total"),
        ({"total": "1"}, "total: '1' is no number"),
        ({"code": "A"}, "code: 'A' does not look like ^[a-z]*$"),
        ({"code": "abcd"}, "code: 'abcd' is longer than 3"),
        ({"due": "soon"}, "due: 'soon' is no date with a time, as 2026-"),
        ({"due": "2026-12-01T10:00"}, "due: 2026-12-01T10:00:00 does not say in which time zone"),
        ({"kind": 3}, "kind: 3 is none of 1, 2"),
        ({"pair": [1]}, "pair: [1] is no list of 2"),
        ({"pair": [1.0, "a"]}, "pair.0: 1.0 is no whole number"),
        ({"costs": {"one": -1}}, "costs.one: -1.0 is less than 0"),
        ({"costs": [1]}, "costs: [1] is no table of names and values"),
        (3, "3 is no table of the fields of Whole"),
    ],
)
def test_a_fault_is_told_by_its_place(fields: Any, told: str) -> None:
    """Which field it is, from the outside in, and what is wrong with what it holds."""
    with pytest.raises(FieldError) as caught:
        made(Whole, fields)
    assert str(caught.value).startswith(told)
    assert caught.value.unknown is ("no such field" in told)


def test_replacing_a_field_checks_the_whole() -> None:
    """No copy holds another sum than its parts have."""
    with pytest.raises(ValueError, match="another total"):
        replace(WHOLE, total=2.0)
    assert replace(WHOLE, parts=(), total=0.0).code == "abc"


def test_a_model_cannot_be_changed() -> None:
    """It stays what it was checked to be."""
    with pytest.raises(FrozenInstanceError):
        WHOLE.total = 3.0  # type: ignore[misc]


@pytest.mark.parametrize("document", ["", "{", '{"total": NaN}', "[" * 10**5, b"\xff"])
def test_what_is_no_json_is_refused(document: str | bytes) -> None:
    """Also what is nested too deeply, and numbers that JSON has not."""
    with pytest.raises(FieldError, match="it is no JSON"):
        loads(Whole, document)


def test_what_is_not_finite_is_not_written() -> None:
    """Nothing else could read it."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(Whole(costs={"one": float("inf")}))


def test_only_what_was_set_is_told_of_settings() -> None:
    """Fields at their defaults are left out, within other models too."""
    assert changed(Whole()) == {}
    assert changed(Whole(code="ab", kind=Kind.TWO)) == {"code": "ab", "kind": 2}


def test_a_type_that_is_no_plain_data_is_the_authors_error() -> None:
    """It is told when the model is first used, not when a file does not fit."""
    with pytest.raises(TypeError, match="cannot be kept as plain data"):
        fit_of(complex)


def test_checks_that_were_released_long_ago_still_copy_evidence() -> None:
    """Folders that students have call `model_copy`, which models had when they were pydantic's."""
    evidence = Evidence(text="left").model_copy(update={"cell": "print(1)"})
    assert (evidence.text, evidence.cell) == ("left", "print(1)")
    with pytest.raises(ValueError, match="text"):
        evidence.model_copy(update={"text": 3})
