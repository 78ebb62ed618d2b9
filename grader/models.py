"""Plain values that check themselves: whatever makes one, what its annotations say holds.

A model is a frozen dataclass. As one is made, each field is brought into its type and checked
against the conditions in its `Annotated`, so the same is true of what is read from a file and of
what is made in code. A field that is a model may be given as a mapping of its fields, which is all
that reading takes: `made` has a tree of plain data become a model, and `loads` JSON.

Only this module reads the annotations. Pydantic understands them too, where a schema is published.
"""

import json
import math
import numbers
import operator
import re
from collections.abc import Callable, Iterable, Mapping, ValuesView
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MultipleOf, Predicate

Fit = Callable[[Any], Any]
T = TypeVar("T")


class FieldError(ValueError):
    """A value that is not as its model says.

    `place` is where, from the outside in, and `unknown` whether there is no such field.
    """

    def __init__(
        self, what: str, place: tuple[str | int, ...] = (), *, unknown: bool = False
    ) -> None:
        where = ".".join(map(str, place))
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.place = place
        self.unknown = unknown

    def below(self, *place: str | int) -> "FieldError":
        """Return the same, seen from further out."""
        return FieldError(self.what, (*place, *self.place), unknown=self.unknown)


@dataclass(frozen=True)
class Clean:
    """In an annotation: what a value of the type becomes. `by` raises ValueError for no such."""

    by: Fit


@dataclass(frozen=True)
class Whole:
    """In an annotation: `by` alone makes what is kept, in the place of what the type says."""

    by: Fit


@dataclass(frozen=True)
class Pattern:
    """In an annotation: a text that a regular expression finds something in."""

    regex: str

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], Any]) -> Any:
        """Return the type's schema with the expression in it."""
        return {**handler(schema), "pattern": self.regex}


FINITE: Final = Predicate(math.isfinite)


class Model:
    """Base of models, each of which is `@dataclass(frozen=True, slots=True, kw_only=True)`.

    Raises FieldError where a field does not fit, and ValueError where they do not fit each other.
    """

    __slots__ = ()
    __pydantic_config__: ClassVar[Mapping[str, Any]] = {
        "extra": "forbid",
        "use_attribute_docstrings": True,
        "json_schema_serialization_defaults_required": True,
    }

    def __post_init__(self) -> None:
        kind: Any = type(self)
        for name, fit in _fits(kind):
            value = getattr(self, name)
            fitted = _at(name, fit, value)
            if fitted is not value:
                object.__setattr__(self, name, fitted)
        self.require_sound()

    def require_sound(self) -> None:
        """Raise ValueError where the fields contradict each other; each by itself fits."""

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return the same with other fields.

        Checks call it that were released while models were pydantic's.
        """
        value: Any = self
        copy: Self = replace(value, **update)
        return copy


def made(kind: type[T], tree: object) -> T:
    """Return the value of this kind that a tree of plain data stands for. Raises FieldError."""
    told: Any = kind
    kept: T = fit_of(told)(tree)
    return kept


def loads(kind: type[T], document: str | bytes) -> T:
    """Return the value of this kind that a JSON document holds. Raises FieldError."""
    try:
        tree = json.loads(document, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise FieldError(f"it is no JSON: {error}") from error
    return made(kind, tree)


def dumps(value: object) -> str:
    """Return a value as JSON in one line, as `loads` reads it.

    Raises ValueError where a number in it is not finite.
    """
    tree = plain(value)
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def plain(value: Any) -> Any:
    """Return a value as dictionaries, lists, numbers and texts: what JSON has."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        told = value.isoformat()
        return f"{told[:-6]}Z" if told.endswith("+00:00") else told
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, PurePath) else value


def changed(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass that are not at their defaults, as plain data."""
    return {
        each.name: (changed if is_dataclass(now) else plain)(now)
        for each in fields(value)
        if (now := getattr(value, each.name)) != _default(each)
    }


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def _at(place: str | int, fit: Fit, value: Any) -> Any:
    try:
        return fit(value)
    except FieldError as unfit:
        raise unfit.below(place) from unfit


@cache
def _fits(kind: Any) -> list[tuple[str, Fit]]:
    """Return the names of a dataclass's fields with what brings a value into each."""
    hints = get_type_hints(kind, include_extras=True)
    return [(each.name, fit_of(hints[each.name])) for each in fields(kind)]


@cache
def fit_of(kind: Any) -> Fit:
    """Return what brings a value into an annotation's type, or raises FieldError.

    Raises TypeError where there is no such type among those that models have.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _conditional(*arguments)
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, UnionType):
        return _either(arguments)
    if origin is tuple and arguments[-1:] == (Ellipsis,):
        return _sequence(fit_of(arguments[0]))
    if origin is tuple:
        return _row([fit_of(each) for each in arguments])
    if origin is list:
        several = _sequence(fit_of(arguments[0]))
        return lambda value: list(several(value))
    if origin in (dict, Mapping):
        return _mapping(*map(fit_of, arguments))
    if hasattr(kind, "__value__"):
        return fit_of(kind.__value__)
    return _of_class(kind)


def _of_class(kind: Any) -> Fit:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        return _built(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member(kind)
    raise TypeError(f"what is annotated as {kind!r} cannot be kept as plain data")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError(f"{value!r:.60} is no text")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldError(f"{value!r:.60} is neither true nor false")
    return value


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    try:
        if not isinstance(value, bool):
            return int(operator.index(value))
    except TypeError:
        pass
    raise FieldError(f"{value!r:.60} is no whole number")


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    try:
        if isinstance(value, numbers.Real) and not isinstance(value, bool):
            return float(value)
    except OverflowError:
        pass
    raise FieldError(f"{value!r:.60} is no number")


def _none(value: Any) -> None:
    if value is not None:
        raise FieldError(f"{value!r:.60} is given where there is to be nothing")


def _path(value: Any) -> Path:
    return Path(value if isinstance(value, PurePath) else _text(value))


def _datetime(value: Any) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime):
        raise FieldError(f"{value!r:.60} is no date with a time, as 2026-12-01T23:59:00+01:00 is")
    if moment.utcoffset() is None:
        raise FieldError(
            f"{moment.isoformat()} does not say in which time zone: add its offset, as in "
            f"{moment.isoformat()}+01:00"
        )
    return moment


_PLAIN: Final[Mapping[Any, Fit]] = {
    Any: lambda value: value,
    object: lambda value: value,
    str: _text,
    bool: _bool,
    int: _int,
    float: _float,
    NoneType: _none,
    None: _none,
    Path: _path,
    datetime: _datetime,
}


def _conditional(inner: Any, *metadata: Any) -> Fit:
    whole = next((each.by for each in metadata if isinstance(each, Whole)), None)
    begin = whole or fit_of(inner)
    steps = [step for each in metadata if (step := _step(each)) is not None]

    def fit(value: Any) -> Any:
        value = begin(value)
        for step in steps:
            value = step(value)
        return value

    return fit


def _step(condition: object) -> Fit | None:
    """Return what a condition in an annotation makes of a value, None where it is none of ours."""
    match condition:
        case Clean(by=by):
            return _cleaning(by)
        case Pattern(regex=regex):
            search = re.compile(regex).search
            return _if(lambda value: search(value) is not None, f"does not look like {regex}")
        case Ge(ge=least):
            return _if(lambda value: value >= least, f"is less than {least}")
        case Gt(gt=bound):
            return _if(lambda value: value > bound, f"is not more than {bound}")
        case Le(le=most):
            return _if(lambda value: value <= most, f"is more than {most}")
        case Lt(lt=bound):
            return _if(lambda value: value < bound, f"is not less than {bound}")
        case MultipleOf(multiple_of=unit):
            return _if(lambda value: value % unit == 0, f"is no multiple of {unit}")
        case MaxLen(max_length=most):
            return _if(lambda value: len(value) <= most, f"is longer than {most}")
        case Predicate(func=func):
            return _if(func, f"is not {getattr(func, '__name__', 'such').removeprefix('is')}")
    return None


def _if(holds: Callable[[Any], bool], otherwise: str) -> Fit:
    def step(value: Any) -> Any:
        if not holds(value):
            raise FieldError(f"{value!r:.60} {otherwise}")
        return value

    return step


def _cleaning(by: Fit) -> Fit:
    def step(value: Any) -> Any:
        try:
            return by(value)
        except FieldError:
            raise
        except ValueError as error:
            raise FieldError(str(error)) from error

    return step


def _one_of(allowed: tuple[Any, ...]) -> Fit:
    def fit(value: Any) -> Any:
        # True is equal to 1, and stands for something else.
        if any(type(value) is type(each) and value == each for each in allowed):
            return value
        raise FieldError(f"{value!r:.60} is none of {', '.join(map(repr, allowed))}")

    return fit


def _either(kinds: Iterable[Any]) -> Fit:
    options = [fit_of(each) for each in kinds if each is not NoneType]
    optional = len(options) < len(tuple(kinds))

    def fit(value: Any) -> Any:
        if optional and value is None:
            return None
        if len(options) == 1:
            return options[0](value)
        unfit: list[FieldError] = []
        for option in options:
            try:
                return option(value)
            except FieldError as error:
                unfit.append(error)
        # What fitted furthest in says most.
        raise max(unfit, key=lambda each: len(each.place))

    return fit


def _elements(value: Any, fits: Iterable[Fit]) -> tuple[Any, ...]:
    kept = tuple(
        _at(place, fit, each) for place, (fit, each) in enumerate(zip(fits, value, strict=False))
    )
    unchanged = all(map(operator.is_, kept, value))
    return value if unchanged and type(value) is tuple else kept


def _sequence(element: Fit) -> Fit:
    def fit(value: Any) -> Any:
        if isinstance(value, ValuesView):
            value = tuple(value)
        if not isinstance(value, list | tuple):
            raise FieldError(f"{value!r:.60} is no list")
        return _elements(value, [element] * len(value))

    return fit


def _row(elements: list[Fit]) -> Fit:
    def fit(value: Any) -> Any:
        if not isinstance(value, list | tuple) or len(value) != len(elements):
            raise FieldError(f"{value!r:.60} is no list of {len(elements)}")
        return _elements(value, elements)

    return fit


def _mapping(key: Fit, value: Fit) -> Fit:
    def fit(given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise FieldError(f"{given!r:.60} is no table of names and values")
        return {_at(name, key, name): _at(name, value, each) for name, each in given.items()}

    return fit


def _member(kind: type[Enum]) -> Fit:
    def fit(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            told = ", ".join(repr(each.value) for each in kind)
            raise FieldError(f"{value!r:.60} is none of {told}") from None

    return fit


def _built(kind: Any) -> Fit:
    """Return what brings a value into a dataclass: it is one, or a mapping of the fields of one."""

    def fit(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise FieldError(f"{value!r:.60} is no table of the fields of {kind.__name__}")
        _require_fields(kind, value)
        given = dict(value)
        if not issubclass(kind, Model):
            given = {name: _at(name, f, given[name]) for name, f in _fits(kind) if name in given}
        try:
            return kind(**given)
        except FieldError:
            raise
        except ValueError as error:
            raise FieldError(str(error)) from error

    return fit


def _require_fields(kind: type[Any], given: Mapping[str, Any]) -> None:
    known = {each.name: each for each in fields(kind)}
    for name in given:
        if name not in known:
            raise FieldError("there is no such field", (name,), unknown=True)
    for name, each in known.items():
        if name not in given and _default(each) is MISSING:
            raise FieldError("it is missing", (name,))


def _default(field: "Field[Any]") -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
