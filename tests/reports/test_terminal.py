"""A result on a terminal: the key facts for a reader, and inert text from students."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from rich.console import Console

from grader.reports.terminal import show, summary
from grader.results.evidence import Code, Evidence, Item, Worst
from grader.results.model import CellResult, CheckResult, MistakeInfo, Note, Result
from tests.reports.examples import (
    CONTROLS,
    HOSTILE,
    TEXTS,
    check,
    compared,
    everything,
    exercise,
    flat,
    result,
    shown,
)


def test_the_first_and_the_last_line_tell_the_score() -> None:
    """Whoever reads one line only reads the score, from the top or from the bottom."""
    graded = result(exercise(check(points=4), check("failed", 1.5)))
    lines = shown(graded).splitlines()
    assert lines[0] == "alice.ipynb: 4 of 5.5 points"
    assert lines[-1] == "Score: 4 of 5.5 points"


def test_the_table_tells_every_exercise() -> None:
    """Each exercise has a line with a mark, its points, and what is pending."""
    graded = result(
        exercise(check(points=20), name="relu", title="ReLU"),
        exercise(check(points=8), check("review", 12), name="training", title="Training"),
        exercise(check("failed", 2), name="curves", title="Curves"),
    )
    text = shown(graded)
    assert re.search(r"^✓  ReLU +20 / 20 *$", text, re.MULTILINE)
    assert re.search(r"^\?  Training +8 / 20 +12$", text, re.MULTILINE)
    assert re.search(r"^✗  Curves +0 / 2 *$", text, re.MULTILINE)


def test_where_all_is_well_little_is_said() -> None:
    """A right solution gets its table and no list of checks, and no word on pending points."""
    text = shown(result(exercise(check(title="The bias is added."))))
    assert "Every check passed." in text
    assert "The bias is added." not in text
    assert "ending" not in text


def test_a_failed_check_is_explained() -> None:
    """Its sentence, cost, message, inputs and hint are there, the passed ones are not."""
    failed = check(
        "failed",
        1.5,
        title="`forward` adds the bias.",
        message="The bias is missing.",
        evidence=Evidence(inputs=(Item.of("b", np.array([1.0, 2.0])),), text="y = x @ W"),
        hint="What should a zero input give?",
    )
    text = shown(result(exercise(failed, check(title="The shape is right."))))
    assert re.search(r"✗ `forward` adds the bias.  \(1.5 points lost; linear\.\S+", text)
    assert "The bias is missing." in text
    assert re.search(r"b +\[1\.0 2\.0\]  \(2,\)", text)
    assert "y = x @ W" in text
    assert "Hint: What should a zero input give?" in text
    assert "The shape is right." not in text


def test_points_given_in_part_are_told() -> None:
    """A failed check that gave some of its points says how many."""
    part = CheckResult(id="a", title="It works.", status="failed", points=1, max_points=3)
    text = shown(result(exercise(part)))
    assert "(1 of 3 points given; linear.a)" in text


def test_a_cell_that_asks_again_can_be_copied() -> None:
    """Its lines are not broken, however narrow the page is, and end without spaces."""
    source = f"layer = Linear(2, 3)\n\nprint({' + '.join(map(str, range(60)))})"
    failed = check("failed", evidence=Evidence(cell=source))
    lines = shown(result(exercise(failed))).splitlines()
    assert all(line in map(str.strip, lines) for line in source.splitlines())
    above = next(place for place, line in enumerate(lines) if "layer = Linear" in line)
    assert lines[above + 1] == ""


def test_a_known_mistake_is_named_once() -> None:
    """Above the checks that it fails, with what it does and what to think about."""
    mistake = MistakeInfo(name="no bias", explanation="It adds nothing.", hint="And for 0?")
    text = shown(result(exercise(check("failed"), check("failed", title="b")).called(mistake)))
    assert text.count("This looks like a known mistake: no bias. It adds nothing.") == 1
    assert text.count("Hint: And for 0?") == 1


def test_two_known_mistakes_are_told_one_after_the_other() -> None:
    """Each with what it does and what to think about."""
    one = MistakeInfo(name="no bias", explanation="It adds nothing.", hint="And for 0?")
    other = MistakeInfo(name="ascent", explanation="It goes uphill.", hint="Does it fall?")
    both = exercise(check("failed"), check("failed", title="b")).called(one, other)
    text = " ".join(shown(result(both)).split())
    first = "This looks like two known mistakes. The first: no bias. It adds nothing."
    assert f"{first} Hint: And for 0? The second: ascent. It goes uphill." in text
    assert text.count("Hint: Does it fall?") == 1


def test_skipped_checks_are_one_line() -> None:
    """What builds on a failure is counted, not listed."""
    skipped = [
        check("skipped", 2, title=f"Number {i}.", message="This builds on it.") for i in "abc"
    ]
    text = shown(result(exercise(check("failed"), *skipped)))
    assert "- 3 checks skipped (6 points lost): they build on what did not pass above." in text
    assert "Number" not in text


def test_an_exercise_that_is_skipped_as_a_whole_says_why() -> None:
    """Without a failure above, the reason itself is given, once."""
    skipped = [check("skipped", 2, title=title, message="There is no `Linear`.") for title in "ab"]
    text = shown(result(exercise(*skipped)))
    assert "2 checks skipped (4 points lost): There is no `Linear`." in text


def test_review_and_error_are_nobodys_loss() -> None:
    """Pending points are told plainly: who looks at them, and that the student is not to blame."""
    review = check("review", 8, title="It learns.", message="Too near to tell.")
    error = check("error", 1, title="It falls.", message="The grader failed.")
    text = shown(result(exercise(review, error)))
    plain = " ".join(text.split())
    assert "? It learns. (8 points pending: neither given nor lost; linear." in plain
    assert "! It falls. (1 point pending: the grader failed here, not you; linear." in plain
    assert text.splitlines()[-1] == "Score: 0 of 9 points, 9 pending"


def test_cells_are_numbered_as_jupyter_shows_them() -> None:
    """Cells that failed have their numbers in Jupyter, those left out after them stand together."""
    cells = [
        CellResult(index=0, status="ok", seconds=1),
        CellResult(index=6, count=4, status="error", seconds=1, error="NameError: 'x'\nis not"),
        CellResult(index=8, count=5, status="timeout", seconds=1, error="stopped after 60 s"),
        CellResult(index=9, count=9, status="died", seconds=1),
        *(
            CellResult(
                index=index, count=index, status="skipped", seconds=0, error="the kernel died"
            )
            for index in (10, 12, 14)
        ),
    ]
    text = shown(result(exercise(check()), cells=cells))
    assert "  cell [4]: NameError: 'x' is not\n" in text
    assert "  cell [5] ran out of time: stopped after 60 s\n" in text
    assert "  cell [9] ended the kernel\n" in text
    assert "  3 cells from cell [10] on not run: the kernel died\n" in text
    assert "number 1" not in text


def test_a_cell_is_told_by_its_first_line() -> None:
    """Nobody counts a notebook's cells with those of text: what stands in a cell finds it."""
    cells = [
        CellResult(index=6, status="error", seconds=1, error="NameError: x", begins="y = x"),
        CellResult(index=8, status="skipped", seconds=0, begins="a = 1"),
        CellResult(index=9, status="skipped", seconds=0, begins="b = 1"),
    ]
    notes = [Note(cell=6, text="It was left out.")]
    text = shown(result(exercise(check()), cells=cells, notes=notes))
    assert "  the cell `y = x`: NameError: x\n" in text
    assert "  2 cells from the cell `a = 1` on not run\n" in text
    assert "  the cell `y = x`: It was left out.\n" in text
    numbered = [replace(cell, count=3) for cell in cells[:1]]
    text = shown(result(exercise(check()), cells=numbered, notes=notes))
    assert "  cell [3] (`y = x`): NameError: x\n" in text
    assert "  cell [3] (`y = x`): It was left out.\n" in text


def test_notes_and_measures_are_told() -> None:
    """What cost nothing is told all the same: notes, accuracy, loss, time and sandbox."""
    notes = [Note(cell=2, text="`!pip` was left out."), Note(text="An old notebook.")]
    text = shown(
        result(exercise(check()), notes=notes, measures={"accuracy": 0.8655, "loss": float("nan")})
    )
    assert "  cell number 3 from above: `!pip` was left out.\n  An old notebook.\n" in text
    assert "Measured: accuracy 0.8655, loss nan." in text
    assert "Graded in 12 s; sandbox: bubblewrap." in text


def test_a_partial_result_says_so() -> None:
    """A score over some exercises is not taken for the score of all."""
    sentence = "Only some of the assignment's exercises were graded: the score is of these alone."
    assert sentence in flat(shown(result(exercise(check()), partial=True)))
    assert sentence not in flat(shown(result(exercise(check()))))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_report_keeps_to_the_width(width: int) -> None:
    """No line is wider than the terminal, and nothing is lost on a narrow one."""
    array = np.linspace(-1000, 1000, 64).reshape(4, 16)
    long = "a long sentence that goes on for quite a while and then some " * 4
    failed = check(
        "failed",
        title=long,
        message=long,
        hint=long,
        evidence=Evidence(
            inputs=(Item.of("a label that is longer than most", array),),
            expected=Item.of("y", array),
            got=Item.of("y", -array),
            worst=Worst.of((0, 0), 1, 2),
        ),
    )
    text = shown(result(exercise(failed, title=long), name="n" * 100), width)
    assert max(map(len, text.splitlines())) <= width
    assert flat(text).count(long.strip()) >= 3
    assert "a label that is longer than most" in text
    assert text.count("968.254") == 6


def test_a_pipe_gets_plain_text() -> None:
    """Without a terminal there is no colour, with one there is."""
    graded = result(exercise(compared(np.ones(2), np.zeros(2), Worst.of((0,), 1, 0))))
    assert "\x1b" not in shown(graded)
    terminal = io.StringIO()
    show(graded, Console(file=terminal, force_terminal=True, color_system="standard", width=80))
    assert re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()) == shown(graded)
    assert "\x1b[1;31m>0.0<" in terminal.getvalue()


@pytest.mark.parametrize("worst", [Worst.of((0,), 1, 0), None], ids=["marked", "unmarked"])
def test_expected_and_got_differ_in_colour(worst: Worst | None) -> None:
    """One is green, the other red, from the label on; NO_COLOR is obeyed, and marks tell them."""
    graded = result(exercise(compared(np.ones(2), np.zeros(2), worst)))
    lines = coloured(graded).splitlines()
    expected = next(line for line in lines if "expected" in line)
    got = next(line for line in lines if " got" in re.sub(r"\x1b\[[0-9;]*m", "", line))
    assert re.search(r"\x1b\[32mexpected.*\x1b\[(?:1;)?32m", expected)
    assert re.search(r"\x1b\[31mgot.*\x1b\[(?:1;)?31m", got)
    plain = coloured(graded, NO_COLOR="1")
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?3[0-9]m", plain)
    assert "expected" in plain


def coloured(graded: Result, **environ: str) -> str:
    """Return what a terminal of sixteen colours gets."""
    file = io.StringIO()
    show(
        graded,
        Console(
            file=file, force_terminal=True, color_system="standard", width=80, _environ=environ
        ),
    )
    return file.getvalue()


def test_a_terminal_without_unicode_is_served() -> None:
    """In ASCII every mark has a plain form, and foreign letters are no error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    graded = result(exercise(check("failed", message="Привет"), check()), name="é.ipynb")
    show(graded, Console(file=file, width=80))
    summary([graded], Console(file=file, width=80))
    file.flush()
    text = raw.getvalue().decode("ascii")
    assert "x It works." in text
    assert "??????" in text
    assert "?.ipynb: 4 of 8 points" in text


@settings(deadline=None, max_examples=50)
@given(TEXTS)
@example(HOSTILE)
def test_text_is_inert_on_a_terminal(text: str) -> None:
    """Whatever a student writes, no control character reaches the terminal."""
    file = io.StringIO()
    console = Console(file=file, width=80)
    graded = everything(text)
    show(graded, console)
    summary([graded, graded], console)
    assert not set(file.getvalue()) & CONTROLS
    file.getvalue().encode()


def test_markup_is_shown_and_not_obeyed() -> None:
    """Square brackets and colons are the student's own words."""
    terminal = io.StringIO()
    graded = result(exercise(check("failed", message=HOSTILE)), name="[red]a[/red].ipynb")
    console = Console(file=terminal, force_terminal=True, color_system="truecolor", width=120)
    show(graded, console)
    summary([graded], console)
    text = terminal.getvalue()
    assert "[bold]x[/bold]" in text
    assert ":smile: [/]" in text
    assert "[link=http://x]" in text
    assert text.count("[red]a[/red].ipynb") == 2
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text


def test_the_line_that_raised_is_told_as_that() -> None:
    """A line of code alone below an example would read like one of its values."""
    code = Code(name="Linear", method="forward", line="return x @ slef.W")
    evidence = Evidence(inputs=(Item.of("x", 1.0),), text="return x @ slef.W", code=code)
    text = shown(result(exercise(check("failed", evidence=evidence))))
    assert (
        "      x  1.0\n\n    It was raised in this line of yours:\n      return x @ slef.W\n"
    ) in text
