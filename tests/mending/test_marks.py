"""What follow-through marks promise: a slip is charged once, and told where it is."""

from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.errors import AssignmentError
from grader.execution.recording import unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from grader.results.feedback import Feedback, shown
from tests.mending.affine import LAYER, declare, exercise, graded, slipped

MISSPELT = slipped(
    ("self.W - self.rate", "self.W - self.lr"), ("self.b - self.rate", "self.b - self.lr")
)


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
    assert "self.W.T" not in found.model_dump_json()
    (slip,) = exercise(tmp_path, turned, "show_mend = true").slips
    assert (slip.mend or "").strip() == "before = grad @ self.W.T"


def test_right_solutions_are_never_looked_at(tmp_path: Path) -> None:
    """Full points, and no slip."""
    found = exercise(tmp_path, LAYER)
    assert (found.score, found.slips) == (20, ())


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


def test_a_student_who_knows_of_edits_wins_nothing_by_it(tmp_path: Path) -> None:
    """Code that is right only where it was edited gets what a slip gets: never all points.

    Whoever finds the edit has still to write what answers rightly.
    """
    armed = slipped(("x @ self.W + self.b", "(x @ self.W + self.b) * (1 if EDITED else 2)"))
    layer = f"EDITED = '<amended>' in (lambda: 0).__code__.co_filename\n\n\n{armed}"
    found = exercise(tmp_path, layer)
    assert found.score < found.max_score


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
