"""Decimals and fractions as trees, both ways."""

import re
from typing import Any, Final

from .imported import MAX_BITS, Imported, Tree, integer_tree, require

MAX_DIGITS: Final = 4_000
# Numbers of other kinds with as many digits are made of such a Decimal where it is computed with.
MAX_EXPONENT: Final = 4_000

_DIGITS: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)


def _decimal_tree(kind: Any, value: Any) -> Tree:
    sign, digits, exponent = kind.as_tuple(value)
    if exponent == "N" or len(digits) > MAX_DIGITS:
        return None
    if type(exponent) is int and abs(exponent) > MAX_EXPONENT:
        return None
    return ["decimal", sign, "".join(map(str, digits)), exponent]


def _decimal(sign: Any, digits: Any, exponent: Any) -> Any:
    from decimal import Decimal  # noqa: PLC0415 - few messages have one

    require(sign in (0, 1) and type(sign) is int and type(digits) is str, "a decimal")
    require(len(digits) <= MAX_DIGITS, "a decimal")
    if type(exponent) is str:
        ended = {"F": digits == "0", "n": digits == "" or _DIGITS.fullmatch(digits)}
        require(ended.get(exponent), "a decimal")
    else:
        require(type(exponent) is int and abs(exponent) <= MAX_EXPONENT, "a decimal")
        require(_DIGITS.fullmatch(digits), "a decimal")
    return Decimal((sign, tuple(map(int, digits)), exponent))


def _fraction_tree(kind: Any, value: Any) -> Tree:
    parts = (kind.__dict__[name].__get__(value) for name in ("_numerator", "_denominator"))
    trees = [integer_tree(part) if type(part) is int else None for part in parts]
    return None if None in trees else ["fraction", *trees]


def _fraction(numerator: Any, denominator: Any) -> Any:
    from fractions import Fraction  # noqa: PLC0415 - few messages have one

    require(_is_int(numerator) and _is_int(denominator) and denominator > 0, "a fraction")
    made = Fraction(numerator, denominator)
    require(made.denominator == denominator, "a fraction")
    return made


def _is_int(value: object) -> bool:
    return type(value) is int and value.bit_length() <= MAX_BITS


DECIMAL: Final = Imported("decimal", "Decimal", "decimal", _decimal_tree, _decimal)
FRACTION: Final = Imported("fractions", "Fraction", "fraction", _fraction_tree, _fraction)
