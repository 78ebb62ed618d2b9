"""What follow-through marks promise: a slip is charged once, and told where it is."""

import time
from pathlib import Path

import pytest

from grader import models
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, REFERENCE
from grader.errors import AssignmentError
from grader.execution.recording import unpacked
from grader.execution.submission import Submission
from grader.grading import Options, grade, judged_again
from grader.mending import search
from grader.mending.definitions import definitions
from grader.mending.marks import _aside
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import read
from grader.reports.markdown import to_markdown
from grader.reports.wording import slips
from grader.results.feedback import Feedback, shown
from tests.mending.affine import IMPORTS, LAYER, declare, exercise, graded, slipped
from tests.tiny_assignment import write

MISSPELT = slipped(
    ("self.W - self.rate", "self.W - self.lr"), ("self.b - self.rate", "self.b - self.lr")
)

# No edit leads back from it.
CUBED = slipped(("return x @ self.W + self.b", "return np.sinh(x) @ self.W + np.exp(self.b)"))


def test_a_slip_costs_its_price_and_nothing_for_what_follows(tmp_path: Path) -> None:
    """A wrong name in the last step spoils three checks of 14 points, and costs a tenth of 20."""
    found = exercise(tmp_path, MISSPELT)
    assert (found.score, found.max_score) == (18, 20)
    (slip,) = found.slips
    assert (slip.kind, slip.cell, slip.line, slip.price) == ("name", 1, 15, 2)
    assert slip.code == "self.W = self.W - self.lr * self.grad_W"
    assert {check.id for check in found.checks if check.follows} == {
        "gradients",
        "handed_on",
        "step",
    }
    assert {check.status for check in found.checks if check.follows} == {"failed", "skipped"}


def test_the_mend_is_not_told(tmp_path: Path) -> None:
    """Line, kind and a question are, what would be right nowhere, unless the assignment says so."""
    turned = slipped(("grad @ self.W.T", "grad @ self.W"))
    found = exercise(tmp_path, turned)
    assert found.slips[0].kind == "transpose"
    assert found.slips[0].mend is None
    assert "self.W.T" not in models.dumps(found)
    (slip,) = exercise(tmp_path, turned, "show_mend = true").slips
    assert (slip.mend or "").strip() == "before = grad @ self.W.T"


def test_right_solutions_are_never_looked_at(tmp_path: Path) -> None:
    """Full points, and no slip."""
    found = exercise(tmp_path, LAYER)
    assert (found.score, found.slips) == (20, ())


def test_the_same_slip_for_each_parameter_is_charged_once(tmp_path: Path) -> None:
    """Who steps uphill with W and with b has one slip, in the first of the lines."""
    uphill = slipped(("self.W - self.rate", "self.W + self.rate"), ("self.b -", "self.b +"))
    found = exercise(tmp_path, uphill, "price = 1")
    assert found.score == 19
    (slip,) = found.slips
    assert (slip.kind, slip.line, slip.price) == ("sign", 15, 1)


def test_a_rate_that_is_written_into_the_code_is_told(tmp_path: Path) -> None:
    """A number where a name was meant, and the row of one example for those of all."""
    found = exercise(tmp_path, slipped(("self.rate = rate", "self.rate = 0.1")), "price = 1")
    assert (found.score, [(each.kind, each.line) for each in found.slips]) == (
        19,
        [("constant", 5)],
    )
    found = exercise(tmp_path, slipped(("grad.sum(axis=0)", "grad[0]")), "price = 1")
    assert (found.score, [(each.kind, each.line) for each in found.slips]) == (19, [("index", 13)])


@pytest.mark.parametrize(
    "other",
    [
        ("self.x.T @ grad", "np.outer(self.x[0], grad[0])"),
        ("x @ self.W + self.b", "1 / (1 + np.exp(-(x @ self.W + self.b)))"),
        ("before = grad @ self.W.T", "before = self.forward(grad)"),
    ],
    ids=["one example's", "another function", "the other method"],
)
def test_what_is_no_slip_wins_nothing(tmp_path: Path, other: tuple[str, str]) -> None:
    """Another formula is not written anew from what else is in the code."""
    found = exercise(tmp_path, slipped(other), "price = 1")
    assert found.slips == ()
    assert found.score < 20
    assert not any(check.follows for check in found.checks)


def test_what_is_right_as_it_stands_is_never_less(tmp_path: Path) -> None:
    """Where the price is more than what is lost, that much is lost; the slip is told still."""
    found = exercise(tmp_path, slipped(("self.W - self.rate", "self.W + self.rate")), "price = 10")
    assert found.score == 16
    (slip,) = found.slips
    assert (slip.kind, slip.price) == ("sign", None)
    assert not any(check.follows for check in found.checks)


def test_two_slips_are_charged_as_two(tmp_path: Path) -> None:
    """Each of two slips has its price, line and kind."""
    twice = slipped(("x @ self.W + self.b", "x @ self.W - self.b"), ("self.W.T", "self.W"))
    found = exercise(tmp_path, twice)
    assert found.score == 16
    assert sorted(slip.kind for slip in found.slips) == ["sign", "transpose"]


def test_what_is_not_written_has_no_mend(tmp_path: Path) -> None:
    """An edit writes nobody's solution: a layer without its gradients gets none."""
    start = LAYER.index("        self.grad_W")
    found = exercise(tmp_path, LAYER[:start] + "        return grad\n")
    assert (found.score, found.slips) == (6, ())


@pytest.mark.parametrize(
    ("settings", "score"),
    [
        (("marks = false",), 6),
        (("price = 5",), 15),
        (("price = 5", "prices = { name = 0.5 }"), 19.5),
    ],
    ids=["off", "one price", "a price by kind"],
)
def test_the_assignment_says_what_a_slip_costs(
    tmp_path: Path, settings: tuple[str, ...], score: float
) -> None:
    """Its settings turn the marks off, and give all slips or one kind of them another price."""
    assert exercise(tmp_path, MISSPELT, *settings).score == score


@pytest.mark.parametrize("setting", ["price = 0", "prices = { nmae = 1 }", "marx = true"])
def test_a_setting_that_means_nothing_is_told(tmp_path: Path, setting: str) -> None:
    """A slip for nothing, an unknown kind and an unknown setting are the instructor's mistakes."""
    declare(tmp_path, setting)
    with pytest.raises(AssignmentError, match="follow_through"):
        load(tmp_path)


def test_where_less_is_told_a_slip_is_not(tmp_path: Path) -> None:
    """A reader of verdicts alone learns which checks failed, and not in which line that is."""
    result = graded(tmp_path, MISSPELT)
    (told,) = shown(result, Feedback.HINTS).exercises
    assert told.slips
    (withheld,) = shown(result, Feedback.VERDICTS).exercises
    assert (withheld.slips, withheld.score) == ((), 18)


def test_kept_answers_judge_a_slip_again(tmp_path: Path) -> None:
    """Judging again, without the notebook, comes to the same points and the same slip."""
    graded(tmp_path, MISSPELT)
    assignment = load(tmp_path)
    kept: list[bytes] = []
    whole = grade(read(tmp_path / "submission.ipynb"), assignment, Options(), keep=kept.append)
    again = judged_again(unpacked(kept[0], tmp_path), assignment)
    assert again is not None
    assert again.exercises == whole.exercises
    assert again.exercises[0].slips


def test_kept_mends_are_of_the_definitions_that_they_were_found_in(tmp_path: Path) -> None:
    """Where an exercise asks about fewer names than it did, the notebook is graded anew."""
    helper, narrow = "def half(x):\n    return x / 2\n", 'names=("Affine",)'
    folders = {name: declare(tmp_path / name) for name in ("wide", "narrow")}
    for folder in folders.values():
        write(folder / REFERENCE, [IMPORTS, helper, LAYER])
    checks = (folders["wide"] / CHECKS).read_text("utf-8")
    checks = checks.replace(narrow, 'names=("half", "Affine")')
    (folders["wide"] / CHECKS).write_text(checks, "utf-8")
    write(tmp_path / "submission.ipynb", [IMPORTS, helper.replace("2", "2.0"), MISSPELT])
    kept: list[bytes] = []
    whole = grade(read(tmp_path / "submission.ipynb"), load(folders["wide"]), keep=kept.append)
    assert whole.exercises[0].slips
    assert judged_again(unpacked(kept[0], tmp_path), load(folders["narrow"])) is None


@pytest.mark.parametrize(
    ("above", "line"),
    [("\n\n\n", 17), ("!echo \\\n  a\n\n", 17), ("%matplotlib inline\n", 15)],
    ids=["empty lines", "a command in two lines", "a magic"],
)
def test_a_line_has_the_number_that_jupyter_shows(tmp_path: Path, above: str, line: int) -> None:
    """Whatever IPython makes of what stands above it in its cell."""
    found = exercise(tmp_path, above + slipped(("grad @ self.W.T", "grad @ self.W")))
    assert [(slip.line, slip.code) for slip in found.slips] == [(line, "before = grad @ self.W")]


def test_two_slips_in_one_line_are_told_as_they_were_written(tmp_path: Path) -> None:
    """The second does not show what mends the first."""
    both = "self.W, before = self.W + self.rate * self.grad_W, grad @ self.W"
    found = exercise(
        tmp_path,
        slipped(
            ("        self.W = self.W - self.rate * self.grad_W\n", ""),
            ("before = grad @ self.W.T", both),
        ),
    )
    assert {slip.kind for slip in found.slips} == {"transpose", "sign"}
    assert [slip.code for slip in found.slips] == [both, both]


@pytest.mark.parametrize(
    "body",
    ["    # one\u2028two lines\n    return x", f"    return {'+'.join(['x'] * 900)}"],
    ids=["a line separator", "nesting"],
)
def test_what_cannot_be_edited_hinders_nothing(tmp_path: Path, body: str) -> None:
    """A helper that is nested deeply, or that only editors break, ends no grading."""
    layer = slipped(("self.x = x", "self.x = same(x)"), ("grad @ self.W.T", "grad @ self.W"))
    found = exercise(tmp_path, f"def same(x):\n{body}\n\n\n{layer}")
    assert found.max_score == 20


def test_what_a_person_would_have_to_look_at_mends_nothing(tmp_path: Path) -> None:
    """An edit after which a check waits that failed before has not shown that it is right."""
    declare(tmp_path)
    checks = """
from grader import Exercise, NeedsReview

seven = Exercise("seven", "Seven", points=20, names=("seven",))


@seven.check(points=10)
def positive(code) -> None:
    \"\"\"It is not below zero.\"\"\"
    assert code.seven() >= 0


@seven.check(points=10)
def exact(code) -> None:
    \"\"\"It is seven.\"\"\"
    if code.seven() == 0:
        raise NeedsReview("Is this meant?")
    assert code.seven() == 7


exercises = [seven]
"""
    (tmp_path / CHECKS).write_text(checks, "utf-8")
    write(tmp_path / REFERENCE, ["def seven():\n    return 7"])
    write(tmp_path / "submission.ipynb", ["def seven():\n    return -1"])
    (found,) = grade(read(tmp_path / "submission.ipynb"), load(tmp_path)).exercises
    assert (found.score, found.pending, found.slips) == (0, 0, ())


def test_whatever_a_line_holds_it_is_quoted_as_one_piece(tmp_path: Path) -> None:
    """Backticks in a comment end no code, and a line without an end is cut."""
    comment = f"# `@x` <b> [a](b) {'y' * 900}"
    found = graded(tmp_path, slipped(("grad @ self.W.T", f"grad @ self.W  {comment}")))
    (told,) = slips(found.exercises[0])
    assert told.place.count("`") == 2
    assert "self.W # '@x' <b> [a](b) yyy" in told.place
    assert len(told.place) < 250


def test_no_report_speaks_of_a_slip_that_it_does_not_tell(tmp_path: Path) -> None:
    """Where the line is withheld, nothing is said to follow from "the slip above"."""
    result = graded(tmp_path, MISSPELT)
    assert "slip" in to_markdown(shown(result, Feedback.HINTS))
    assert "slip" not in to_markdown(shown(result, Feedback.VERDICTS))


def test_what_was_tried_is_gone_when_another_exercise_is_asked(tmp_path: Path) -> None:
    """A decorator that counts classes has counted the student's own and no edited one."""
    counted = (
        "SEEN = []\n\n\ndef seen(kind):\n    SEEN.append(kind)\n    return kind\n\n\n"
        "def made():\n    return len(SEEN)\n\n\n@seen\n"
    )
    declare(tmp_path)
    write(tmp_path / REFERENCE, [IMPORTS, counted + LAYER])
    write(tmp_path / "submission.ipynb", [IMPORTS, counted + MISSPELT])
    second = """
count = Exercise("count", "The count", points=2, names=("Affine", "made"))


@count.check(points=2)
def once(code) -> None:
    \"\"\"`made` returns the number of layers.\"\"\"
    assert code.made() == 1


exercises = [affine, count]
"""
    checks = tmp_path / CHECKS
    checks.write_text(checks.read_text("utf-8") + second, "utf-8")
    first, other = grade(read(tmp_path / "submission.ipynb"), load(tmp_path)).exercises
    assert first.slips
    assert (other.score, other.max_score) == (2, 2)


def test_an_edit_that_hangs_ends_the_search_and_nothing_else(tmp_path: Path) -> None:
    """An endless loop in what was only tried costs seconds, no points and no remark."""
    counting = slipped(
        (
            "return x @ self.W + self.b",
            "total, i = x @ self.W, 0\n        while i < 1:\n            i += 1\n"
            "        return total",
        )
    )
    result = graded(tmp_path, counting)
    assert result.stopped == 0
    assert result.exercises[0].score >= 0


def test_no_mend_is_looked_for_in_what_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever's layer comes to no end has been waited for already: not with each edit again."""
    searched: list[object] = []

    def looked_for(*asked: object) -> tuple[()]:
        searched.append(asked)
        return ()

    monkeypatch.setattr("grader.mending.marks.found", looked_for)
    hangs = slipped(("return x @ self.W", "while True: pass\n        return x @ self.W"))
    assert graded(tmp_path, hangs).stopped > 1
    assert not searched
    assert graded(tmp_path / "wrong", slipped(("return x @", "return -x @"))).stopped == 0
    assert searched


def test_edited_code_runs_nowhere_but_in_the_sandbox(tmp_path: Path) -> None:
    """Not even how long an answer may take is found out by running it in the grader's process.

    What hangs is looked at by the grader: at the end of its loop it leaves a file, if it may.
    """
    left = tmp_path / "left"
    loops = slipped(
        (
            "return x @ self.W + self.b",
            "total, i = x @ self.W, 0\n        while i < 1:\n            i += 1\n"
            f"            leave({str(left)!r})\n        return total",
        )
    )
    leave = """\
import os


def leave(path):
    try:
        open(path, "w").close()
    except OSError:
        return
    raise SystemExit
"""
    graded(tmp_path, f"{leave}\n\n{loops}")
    assert not left.exists()


def test_a_student_who_knows_of_edits_wins_nothing_by_it(tmp_path: Path) -> None:
    """Code that is right only where it was edited gets what a slip gets: never all points.

    Whoever finds the edit has still to write what answers rightly.
    """
    edited = "'<amended>' in (lambda: 0).__code__.co_filename"
    armed = slipped(("x @ self.W + self.b", f"(x @ self.W + self.b) * (1 if {edited} else 2)"))
    assert exercise(tmp_path, armed).score == 18


@pytest.mark.parametrize(("layer", "again"), [(MISSPELT, False), (CUBED, True)])
def test_a_search_that_others_may_have_ended_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str, again: bool
) -> None:
    """Where no mend was found, and others had the processor, a batch grades the notebook again."""

    def disturbed(submission: Submission) -> Submission:
        aside = _aside(submission)
        aside.findings.contended = True
        return aside

    monkeypatch.setattr("grader.mending.marks._aside", disturbed)
    assert graded(tmp_path, layer).contended == again


def test_questions_that_were_only_tried_are_not_in_the_record(tmp_path: Path) -> None:
    """What a thousand edits answered is not kept: a record stays about as small as without."""
    declare(tmp_path)
    sizes = []
    for marks in ("marks = false", "marks = true"):
        graded(tmp_path, MISSPELT, marks)
        grade(
            read(tmp_path / "submission.ipynb"),
            load(tmp_path),
            Options(),
            keep=lambda content: sizes.append(len(content)),
        )
    assert sizes[1] < 5 * sizes[0]


HELPER = "def third(self, x):\n    return x\n"


@pytest.mark.parametrize(
    ("below", "mended"),
    [
        (f'{HELPER}note = """\n"""; Affine.third = third\n', False),
        (f"{HELPER}Affine.third = third; Affine.fourth = third\n", True),
        (f"def large():\n    return 0x{'f' * 5000}\nAffine.large = large\n", True),
        (HELPER + "Affine.third = third\n" * 3000, False),
    ],
    ids=["a patch behind a text", "two in a line", "a large number", "length"],
)
def test_no_definition_ends_the_grading(tmp_path: Path, below: str, mended: bool) -> None:
    """One that cannot be told from its lines, or not be written anew, costs a mend at most."""
    found = exercise(tmp_path, slipped(("grad @ self.W.T", "grad @ self.W")) + below)
    assert (found.score, bool(found.slips)) == ((18, True) if mended else (6, False))


def test_a_fault_of_the_search_costs_no_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a help: whatever ends it, the exercise gives what is right as it stands."""

    def broken(*_arguments: object, **_named: object) -> None:
        raise RecursionError

    monkeypatch.setattr(search, "edits", broken)
    found = exercise(tmp_path, slipped(("grad @ self.W.T", "grad @ self.W")))
    assert (found.score, found.slips) == (6, ())


def test_many_patches_of_a_class_are_gone_through_once(tmp_path: Path) -> None:
    """They are numbered in time that grows with the cell, and no faster."""
    above = f"def b(self): pass\n{MISSPELT}" + "Affine.a=b\n" * 3000
    source = above + "c=1\n" * 20_000
    write(tmp_path / "given.ipynb", [IMPORTS, LAYER])
    write(tmp_path / "submission.ipynb", [IMPORTS, source])
    notebook = read(tmp_path / "submission.ipynb")
    cells = CellMap(notebook)
    started = time.thread_time()
    found = definitions(notebook, cells, ("Affine",), read(tmp_path / "given.ipynb"))
    assert found is not None
    assert found.parts[-1].numbers == (above.count("\n"),)
    assert time.thread_time() - started < 20
