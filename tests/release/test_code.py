"""The code that students get means what was written, whichever Python wrote and reads it."""

import ast
from pathlib import Path

import pytest

from grader.assignment.model import CHECKS
from grader.authoring.release.public_code import public_code, written

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


def test_a_public_check_that_only_a_hidden_one_needs_is_released(tmp_path: Path) -> None:
    """What else only hidden checks name is not: neither their helpers nor their constants."""
    (tmp_path / CHECKS).write_text(
        "from grader import Exercise\n"
        "KEY = [1, 4, 9]\n"
        'squares = Exercise("squares", "Squares", points=2)\n'
        "@squares.check(points=1)\n"
        "def shown(code):\n"
        '    """It squares 1."""\n'
        "    assert code.squares(1) == [1]\n"
        "@squares.check(points=1, needs=shown, public=False)\n"
        "def kept(code):\n"
        '    """It squares 3."""\n'
        "    assert code.squares(3) == KEY\n"
        "exercises = [squares]\n",
        "utf-8",
    )
    (text,) = public_code(tmp_path, ()).values()
    assert "def shown(code)" in text
    assert "KEY" not in text
    assert "def kept" not in text
