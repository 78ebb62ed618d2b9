"""What the notebook's own process notes is told in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grader.agent
from grader.i18n import spoken
from grader.sandbox.cell_end import said

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def notes() -> Iterator[str]:
    """Yield each note that the agent's sources hold, an X for each value in it."""
    for path in sorted(Path(grader.agent.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="note") | ast.Attribute(attr="note"),
                    args=[ast.Constant() | ast.JoinedStr() as told],
                ) | ast.Yield(ast.JoinedStr() as told):
                    parts = told.values if isinstance(told, ast.JoinedStr) else [told]
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts
                    )


def test_each_note_is_told_in_russian() -> None:
    """A student of a Russian notebook reads no English sentence of the grader's."""
    found = list(notes())
    assert len(found) > 16
    with spoken("ru"):
        for note in found:
            told = said(note).partition(": ")[2]
            assert told != note, note
            assert CYRILLIC.search(told), note


def test_what_stands_in_a_note_is_kept() -> None:
    """The module, the line or the error is told as it was, also with braces in it."""
    with spoken("ru"):
        assert "'pan{0}das'" in said(
            "the module 'pan{0}das' is not installed in the grading environment"
        )
        assert said("`%cd {x}` was ignored: E: {y}").endswith("E: {y}")
        assert said("something else").endswith(": something else")
    assert said("`%cd x` was ignored: no") == (
        "The notebook's own process says: `%cd x` was ignored: no"
    )
