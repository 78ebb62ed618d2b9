"""The code that students get means what was written, whichever Python wrote and reads it."""

import ast

import pytest

from grader.authoring.release.public_code import written

STRINGS = [
    """f"{_('what')} {(found.sentence if found else _('has wrong values.'))}" """,
    """f"{{{x['a']!r:>{width + len('ab')}}}}" """,
    """f"{', '.join(names):{'<'}{width}} is {x['a']}%" """,
    "f'{width:>5} {names!s}'",
    "'{} {width}'",
]


@pytest.mark.parametrize("source", STRINGS)
def test_strings_within_strings_mean_the_same_on_every_python(source: str) -> None:
    """No f-string has a string of its own quotes within it: Python 3.11 could not read that."""
    given = {
        "_": str.upper,
        "found": None,
        "x": {"a": 0.5},
        "width": 6,
        "names": ["b", "c"],
        "len": len,
    }
    text = written(ast.parse(source))
    assert eval(text, dict(given)) == eval(source.strip(), dict(given))  # noqa: S307
    nested = [
        part
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.JoinedStr)
        for field in each.values
        if isinstance(field, ast.FormattedValue)
        for part in ast.walk(field.value)
    ]
    assert not any(isinstance(part, ast.Constant | ast.JoinedStr) for part in nested)
