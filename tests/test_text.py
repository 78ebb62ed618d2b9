"""Text from strangers: clean, and bounded where it is a model's."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.results.model import CellResult, CheckResult, MistakeInfo, Note
from grader.text import one_line, one_stop, printable
from tests.drawn_results import TEXTS


@settings(deadline=None)
@given(TEXTS)
def test_printable_text_is_inert_and_stays_as_it_is(text: str) -> None:
    """Cleaning leaves no control character but the newline, and cleaning again changes nothing."""
    plain = printable(text)
    assert not set(plain) & {chr(code) for code in [*range(10), *range(11, 32), *range(127, 160)]}
    plain.encode()
    assert printable(plain) == plain
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_ordinary_text_is_kept(text: str) -> None:
    """Letters, marks and symbols of any script pass unchanged."""
    assert printable(text) == text


@pytest.mark.parametrize(
    ("hostile", "plain"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b\x1b[0m[2Jx", "[2Jx"),
        ("50%\r100%", "50%\n100%"),
        ("a\tb\x00\x07", "a   b"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_steers_a_terminal_is_taken_out(hostile: str, plain: str) -> None:
    """Colours, titles, links, bells and reordering go, the text between them stays."""
    assert printable(hostile) == plain


def test_a_cells_error_is_one_line() -> None:
    """A message of many lines is folded, so that a list of cells stays a list."""
    cell = CellResult(index=0, status="error", seconds=0, error="ValueError: a\n\n   b\x1b[0m")
    assert cell.error == "ValueError: a b"


def test_endless_text_is_cut() -> None:
    """A student's message of a megabyte does not make a report of one."""
    long = CheckResult(
        id="a", title="A.", status="failed", points=0, max_points=1, message="x" * 10**6
    )
    assert len(long.message) < 10_000
    assert long.message.endswith("…")


@pytest.mark.parametrize(
    ("told", "once"),
    [
        ("It raised ValueError: Your code: sum it..", "It raised ValueError: Your code: sum it."),
        ("It raised it.. Look again.", "It raised it. Look again."),
        ("It says so (it stopped..)", "It says so (it stopped.)"),
        ("It asked: why?.", "It asked: why?"),
        ("It went on….", "It went on…"),
        ("It waits...", "It waits..."),
        ("Leave out `cd ..`. It is x[..., 0].", "Leave out `cd ..`. It is x[..., 0]."),
        ("It lies in ../.. and in .. too.", "It lies in ../.. and in .. too."),
    ],
)
def test_a_sentence_ends_in_one_full_stop(told: str, once: str) -> None:
    """Whatever is quoted at its end, in every text of a report; dots that mean more stay."""
    assert one_stop(told) == once
    fields: dict[str, Any] = {"id": "a", "status": "failed", "points": 0, "max_points": 1}
    check = CheckResult(title=told, message=told, hint=told, **fields)
    assert (check.title, check.message, check.hint) == (once, once, once)
    assert MistakeInfo(name="a", explanation=told, hint=told).explanation == once
    assert Note(text=told).text == once


@settings(deadline=None)
@given(st.text("a .!?…/)\n", max_size=12))
def test_one_full_stop_is_left_as_it_is(text: str) -> None:
    """A result that is read from its file and written again stays the same."""
    assert one_stop(one_stop(text)) == one_stop(text)
