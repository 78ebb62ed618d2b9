"""The rarer kinds of Python's own scalars as trees: what each looks like, both ways.

Writing returns None where a value is over a bound, so that nobody who is handed it runs into
trouble with it: an integer that cannot be written in decimal, a range that fills the memory once it
is a list.
"""

import math
import re
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from types import ModuleType
from typing import Any, Final

from .exact_numbers import DECIMAL, FRACTION
from .imported import MAX_BITS, Tree, require
from .limits import WireError

# As long as a list of them takes no memory that matters.
MAX_RANGE: Final = 10**6
_LONGEST_NAME: Final = 64

Write = Callable[[Any], Tree]


def float_tree(value: float) -> object:
    """Return the tree of a float."""
    return value if math.isfinite(value) else ["f", repr(value)]


def _complex_tree(value: complex) -> Tree:
    # A class of its own may have others of these.
    real, imag = complex.real.__get__(value), complex.imag.__get__(value)
    return ["complex", float_tree(real), float_tree(imag)]


def _range_tree(value: range) -> Tree:
    terms = value.start, value.stop, value.step
    if not all(-(2**63) <= term < 2**63 for term in terms) or len(value) > MAX_RANGE:
        return None
    return ["range", *terms]


def _zone_tree(zone: tzinfo | None, moment: datetime | None) -> object:
    """Return the offset in microseconds and the name of a zone. Raises WireError for others."""
    if zone is None:
        return None
    zoneinfo = sys.modules.get("zoneinfo")
    if type(zone) is timezone:
        offset, name = timezone.utcoffset(zone, None), timezone.tzname(zone, None)
    elif isinstance(zoneinfo, ModuleType) and type(zone) is zoneinfo.__dict__.get("ZoneInfo"):
        plain = type(zone).utcoffset(zone, moment)
        if plain is None:
            raise WireError("a zone has no offset without a date")
        offset, name = plain, type(zone).__str__(zone)
    else:
        raise WireError("a zone is of no known kind")
    return ["l", offset // timedelta(microseconds=1), name[:_LONGEST_NAME]]


def _date_tree(value: date) -> Tree:
    return ["date", *(part.__get__(value) for part in _DATE)]


def _datetime_tree(value: datetime) -> Tree:
    # A copy of the class itself: what a class of its own does for a date is not asked.
    parts = [part.__get__(value) for part in (*_DATE, *_DATETIME)]
    *numbers, fold, zone = parts
    plain = datetime(*numbers).replace(fold=fold, tzinfo=zone)  # noqa: DTZ001 - it may have none
    return ["datetime", *numbers, fold, _zone_tree(zone, plain)]


def _time_tree(value: time) -> Tree:
    *numbers, zone = (part.__get__(value) for part in _TIME)
    return ["time", *numbers, _zone_tree(zone, None)]


def _delta_tree(value: timedelta) -> Tree:
    return ["delta", *(part.__get__(value) for part in _DELTA)]


def _getters(kind: type, names: str) -> list[Any]:
    return [kind.__dict__[name] for name in names.split()]


_DATE: Final = _getters(date, "year month day")
_DATETIME: Final = _getters(datetime, "hour minute second microsecond fold tzinfo")
_TIME: Final = _getters(time, "hour minute second microsecond fold tzinfo")
_DELTA: Final = _getters(timedelta, "days seconds microseconds")

_WRITTEN: Final[dict[type, Write]] = {
    complex: _complex_tree,
    range: _range_tree,
    type(...): lambda _value: ["ellipsis"],
    datetime: _datetime_tree,
    date: _date_tree,
    time: _time_tree,
    timedelta: _delta_tree,
}
# By the class's identity: the hash of a class is its metaclass's affair.
_BY_ID: Final = {id(kind): write for kind, write in _WRITTEN.items()}


# A kind more is a file that says so, and a word here.
IMPORTED: Final = (DECIMAL, FRACTION)


def written(bases: tuple[type, ...], value: Any) -> Tree:
    """Return the tree of a scalar whose class has `bases`, itself among them; None for any other.

    Nothing of a class that is not Python's own is called.
    """
    for base in bases:
        write = _BY_ID.get(id(base))
        if write is not None:
            return write(value)
    for each in IMPORTED:
        kind = each.loaded
        if kind is not None and any(base is kind for base in bases):
            return each.write(kind, value)
    return None


_HEX: Final = re.compile(r"-?[1-9a-f][0-9a-f]*", re.ASCII)


def _integer(text: Any) -> int:
    require(type(text) is str and len(text) <= MAX_BITS // 4 + 1 and _HEX.fullmatch(text), "an int")
    value = int(text, 16)
    require(not -(2**63) <= value < 2**63 and value.bit_length() <= MAX_BITS, "an int")
    return value


def _complex(real: Any, imag: Any) -> complex:
    require(type(real) is float and type(imag) is float, "a complex number")
    return complex(real, imag)


def _range(start: Any, stop: Any, step: Any) -> range:
    terms = (start, stop, step)
    require(all(type(each) is int and -(2**63) <= each < 2**63 for each in terms), "a range")
    # Its length has to be told from the ends: `len` fails where it is over 63 bits.
    require((step and abs(stop - start) // abs(step) <= MAX_RANGE) or _is_empty(*terms), "a range")
    return range(start, stop, step)


def _is_empty(start: int, stop: int, step: int) -> bool:
    return step != 0 and (stop - start) * step <= 0


def _ellipsis() -> Any:
    return ...


def _zone(zone: Any) -> timezone | None:
    if zone is None:
        return None
    require(type(zone) is list and len(zone) == 2, "a zone")
    offset, name = zone
    require(type(offset) is int and abs(offset) < 86_400 * 10**6, "a zone")
    require(type(name) is str and len(name) <= _LONGEST_NAME, "a zone")
    return timezone(timedelta(microseconds=offset), name)


def _datetime(*parts: Any) -> datetime:
    *numbers, fold, zone = parts
    require(len(numbers) == 7 and all(type(each) is int for each in (*numbers, fold)), "a date")
    return datetime(*numbers).replace(fold=fold, tzinfo=_zone(zone))  # noqa: DTZ001


def _time(*parts: Any) -> time:
    *numbers, fold, zone = parts
    require(len(numbers) == 4 and all(type(each) is int for each in (*numbers, fold)), "a time")
    return time(*numbers).replace(fold=fold, tzinfo=_zone(zone))


def _date(*parts: Any) -> date:
    require(len(parts) == 3 and all(type(each) is int for each in parts), "a date")
    return date(*parts)


def _delta(days: Any, seconds: Any, microseconds: Any) -> timedelta:
    parts = days, seconds, microseconds
    require(all(type(each) is int for each in parts), "a timedelta")
    require(0 <= seconds < 86_400 and 0 <= microseconds < 10**6, "a timedelta")
    return timedelta(*parts)


# What makes a value of the parts behind its tag. The parts are values themselves.
READ: Final[dict[str, Callable[..., Any]]] = {
    "int": _integer,
    "complex": _complex,
    "range": _range,
    "ellipsis": _ellipsis,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "delta": _delta,
    **{each.tag: each.read for each in IMPORTED},
}
