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

from .limits import WireError

# Python writes integers of up to 4,300 digits: whoever shows one need not mind.
MAX_BITS: Final = 14_000
# As long as a list of them takes no memory that matters.
MAX_RANGE: Final = 10**6
MAX_DIGITS: Final = 4_000
# Numbers of other kinds with as many digits are made of such a Decimal where it is computed with.
MAX_EXPONENT: Final = 4_000

_LONGEST_NAME: Final = 64

Tree = list[object] | None
Write = Callable[[Any], Tree]


def _is_int(value: object) -> bool:
    return type(value) is int and value.bit_length() <= MAX_BITS


def integer_tree(value: int) -> object:
    """Return the tree of an integer, None for one over the bound."""
    if -(2**63) <= value < 2**63:
        return value
    return ["int", format(value, "x")] if value.bit_length() <= MAX_BITS else None


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


def _decimal_tree(kind: Any, value: Any) -> Tree:
    sign, digits, exponent = kind.as_tuple(value)
    if exponent == "N" or len(digits) > MAX_DIGITS:
        return None
    if type(exponent) is int and abs(exponent) > MAX_EXPONENT:
        return None
    return ["decimal", sign, "".join(map(str, digits)), exponent]


def _fraction_tree(kind: Any, value: Any) -> Tree:
    parts = (kind.__dict__[name].__get__(value) for name in ("_numerator", "_denominator"))
    trees = [integer_tree(part) if type(part) is int else None for part in parts]
    return None if None in trees else ["fraction", *trees]


_IMPORTED: Final = (
    ("decimal", "Decimal", _decimal_tree),
    ("fractions", "Fraction", _fraction_tree),
)


def written(bases: tuple[type, ...], value: Any) -> Tree:
    """Return the tree of a scalar whose class has `bases`, itself among them; None for any other.

    Nothing of a class that is not Python's own is called.
    """
    for base in bases:
        write = _BY_ID.get(id(base))
        if write is not None:
            return write(value)
    for module, name, make in _IMPORTED:
        found = sys.modules.get(module)
        kind = found.__dict__.get(name) if type(found) is ModuleType else None
        if kind is not None and any(base is kind for base in bases):
            return make(kind, value)
    return None


def _require(sound: object, what: str) -> None:
    if not sound:
        raise WireError(f"{what} is malformed")


_HEX: Final = re.compile(r"-?[1-9a-f][0-9a-f]*", re.ASCII)
_DIGITS: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)


def _integer(text: Any) -> int:
    _require(
        type(text) is str and len(text) <= MAX_BITS // 4 + 1 and _HEX.fullmatch(text), "an int"
    )
    value = int(text, 16)
    _require(not -(2**63) <= value < 2**63 and value.bit_length() <= MAX_BITS, "an int")
    return value


def _complex(real: Any, imag: Any) -> complex:
    _require(type(real) is float and type(imag) is float, "a complex number")
    return complex(real, imag)


def _range(start: Any, stop: Any, step: Any) -> range:
    terms = (start, stop, step)
    _require(all(type(each) is int and -(2**63) <= each < 2**63 for each in terms), "a range")
    # Its length has to be told from the ends: `len` fails where it is over 63 bits.
    _require((step and abs(stop - start) // abs(step) <= MAX_RANGE) or _is_empty(*terms), "a range")
    return range(start, stop, step)


def _is_empty(start: int, stop: int, step: int) -> bool:
    return step != 0 and (stop - start) * step <= 0


def _ellipsis() -> Any:
    return ...


def _zone(zone: Any) -> timezone | None:
    if zone is None:
        return None
    _require(type(zone) is list and len(zone) == 2, "a zone")
    offset, name = zone
    _require(type(offset) is int and abs(offset) < 86_400 * 10**6, "a zone")
    _require(type(name) is str and len(name) <= _LONGEST_NAME, "a zone")
    return timezone(timedelta(microseconds=offset), name)


def _datetime(*parts: Any) -> datetime:
    *numbers, fold, zone = parts
    _require(len(numbers) == 7 and all(type(each) is int for each in (*numbers, fold)), "a date")
    return datetime(*numbers).replace(fold=fold, tzinfo=_zone(zone))  # noqa: DTZ001


def _time(*parts: Any) -> time:
    *numbers, fold, zone = parts
    _require(len(numbers) == 4 and all(type(each) is int for each in (*numbers, fold)), "a time")
    return time(*numbers).replace(fold=fold, tzinfo=_zone(zone))


def _date(*parts: Any) -> date:
    _require(len(parts) == 3 and all(type(each) is int for each in parts), "a date")
    return date(*parts)


def _delta(days: Any, seconds: Any, microseconds: Any) -> timedelta:
    parts = days, seconds, microseconds
    _require(all(type(each) is int for each in parts), "a timedelta")
    _require(0 <= seconds < 86_400 and 0 <= microseconds < 10**6, "a timedelta")
    return timedelta(*parts)


def _decimal(sign: Any, digits: Any, exponent: Any) -> Any:
    from decimal import Decimal  # noqa: PLC0415 - few messages have one

    _require(sign in (0, 1) and type(sign) is int and type(digits) is str, "a decimal")
    _require(len(digits) <= MAX_DIGITS, "a decimal")
    if type(exponent) is str:
        ended = {"F": digits == "0", "n": digits == "" or _DIGITS.fullmatch(digits)}
        _require(ended.get(exponent), "a decimal")
    else:
        _require(type(exponent) is int and abs(exponent) <= MAX_EXPONENT, "a decimal")
        _require(_DIGITS.fullmatch(digits), "a decimal")
    return Decimal((sign, tuple(map(int, digits)), exponent))


def _fraction(numerator: Any, denominator: Any) -> Any:
    from fractions import Fraction  # noqa: PLC0415 - few messages have one

    _require(_is_int(numerator) and _is_int(denominator) and denominator > 0, "a fraction")
    made = Fraction(numerator, denominator)
    _require(made.denominator == denominator, "a fraction")
    return made


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
    "decimal": _decimal,
    "fraction": _fraction,
}
