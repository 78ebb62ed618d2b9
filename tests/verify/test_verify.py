"""What verifying an assignment promises: holes are found, unfairness too, and nothing is missed."""

from pathlib import Path

import pytest

from grader.assignment.model import Assignment
from grader.authoring.verify.certificate import Certificate, Tried, varying
from grader.authoring.verify.page import page
from grader.authoring.verify.verify import verify
from grader.errors import AssignmentError
from tests.verify.assignments import (
    BOTH,
    DOUBLE,
    ONE,
    REDUNDANT,
    SOUND,
    TRIPLE,
    WEAK,
    mistake,
    variant,
    written,
)

ONCE = "def double(n):\n    return n"
TWICE = "def double(n):\n    return n + n"


def the(certificate: Certificate, name: str) -> Tried:
    """Return the candidate of this name."""
    (found,) = (each for each in certificate.candidates if each.name == name)
    return found


def complaints(assignment: Assignment, **how: float) -> dict[str, str | None]:
    """Return what is wrong, by the names of the candidates."""
    return {each.name: each.wrong for each in verify(assignment, jobs=2, **how).wrong}  # type: ignore[arg-type]


def test_sound_checks_are_proven(tmp_path: Path) -> None:
    """The reference gets all, the student notebook nothing, and every mutant is killed."""
    certificate = verify(written(tmp_path))
    assert certificate.wrong == ()
    assert certificate.exit_status == 0
    assert the(certificate, "the reference").costs == {}
    assert the(certificate, "the student notebook").costs == {"double": 2}
    killed = certificate.of("mutant")
    assert len(killed) > 8
    assert all(each.costs == {"double": 2} for each in killed)


def test_a_weak_check_is_a_hole(tmp_path: Path) -> None:
    """A mutant that no check notices is a wrong verdict, and is shown."""
    certificate = verify(written(tmp_path, WEAK))
    (hole,) = certificate.wrong
    assert hole.name == "double: return 2 * n → return 2 + n"
    assert hole.wrong == "No check notices it."
    assert hole.diff is not None
    assert "-    return 2 * n\n+    return 2 + n" in hole.diff
    assert certificate.exit_status == 1


def test_a_reason_excuses_a_mutant(tmp_path: Path) -> None:
    """What is declared to be right may live; the reason is kept."""
    declared = 'Equivalent(old="return 2 * n", new=("return 2 + n",), reason="Why not.")'
    certificate = verify(written(tmp_path, WEAK, equivalents=[declared]))
    assert certificate.wrong == ()
    assert [each.reason for each in certificate.excused] == ["Why not."]


def test_a_reason_may_cover_whatever_is_not_noticed(tmp_path: Path) -> None:
    """Without `new` it covers the living mutants of a line, and those alone."""
    declared = 'Equivalent(old="return 2 * n", place="double", reason="Any.")'
    certificate = verify(written(tmp_path, WEAK, equivalents=[declared]))
    assert certificate.wrong == ()
    assert [each.name for each in certificate.excused] == ["double: return 2 * n → return 2 + n"]


DRAWN = """
import numpy as np
from grader import floats

double = Exercise("double", "Doubling", points=10, names=("double",))
exercises = [double]


@double.check(points=4)
def twice(code, x=floats("n")) -> None:
    '''`double` returns twice the numbers.'''
    assert np.allclose(code.double(x), 2 * x)


@double.check(points=6, needs=twice)
def four_times(code, x=floats("n")) -> None:
    '''Doubled twice, they are four times as large.'''
    assert np.allclose(code.double(code.double(x)), 4 * x)
"""


def slip(name: str, new: str, more: str = "") -> str:
    """Return the source of a known mistake in the line of the solution."""
    told = 'explanation="It does.", hint="Does it?"'
    return f"Mistake(name={name!r}, exercise='double', changes=(('2 * n', {new!r}),), {told}{more})"


def test_what_a_mistake_costs_beyond_its_own_check_is_told(tmp_path: Path) -> None:
    """What is skipped for it is charged for it, unless one edit mends it."""
    certificate = verify(
        written(
            tmp_path,
            DRAWN,
            mistakes=[
                slip("added", "2 + n"),
                slip("another function", "abs(n) ** 3 + 7.5"),
                slip("about the other", "2 - n", ", checks=('four_times',)"),
            ],
        )
    )
    told = {each.name: (each.own, each.beyond, each.followed) for each in certificate.of("mistake")}
    assert told == {
        "added": (4, 6, 1),
        "another function": (4, 6, None),
        "about the other": (6, 4, 1),
    }
    assert all(each.own is None and each.beyond is None for each in certificate.of("mutant"))
    written_page = page(certificate)
    assert "## What mistakes cost beyond their own checks" in written_page
    assert "3 mistakes of 3, 2 of them undone by one edit." in written_page
    assert "| another function | `double` | 10 | 4 | 6 |" in written_page
    assert "| added | `double` | 10 | 4 | 6 |" not in written_page


def test_follow_through_gives_nothing_back_of_what_asks_everyone_the_same(tmp_path: Path) -> None:
    """A check without drawn inputs keeps its charge, so that one edit mends nothing."""
    certificate = verify(written(tmp_path, REDUNDANT, mistakes=[slip("tripled", "1 * n")]))
    (mistaken,) = certificate.of("mistake")
    assert (mistaken.own, mistaken.beyond, mistaken.followed) == (1, 1, 2)


def test_a_mistake_that_costs_its_own_check_alone_is_not_listed(tmp_path: Path) -> None:
    """There is nothing to be mended or explained."""
    certificate = verify(written(tmp_path, mistakes=[slip("once", "n")]))
    (mistaken,) = certificate.of("mistake")
    assert (mistaken.own, mistaken.beyond, mistaken.followed) == (2, 0, None)
    assert "beyond" not in page(certificate)


def test_a_mistake_is_about_checks_that_there_are(tmp_path: Path) -> None:
    """One that is misspelt is told, with the mistake that names it."""
    with pytest.raises(
        AssignmentError, match="'once' is about a check that 'double' does not have"
    ):
        verify(written(tmp_path, mistakes=[slip("once", "n", ", checks=('eight',)")]))


def test_a_reason_must_be_true(tmp_path: Path) -> None:
    """What is declared to be right and loses points is a wrong verdict."""
    declared = 'Equivalent(old="return 2 * n", new=("return n",), reason="It is not.")'
    told = complaints(written(tmp_path, equivalents=[declared]))
    assert told == {
        "double: return 2 * n → return n": "It is declared to be right, but double.seven is "
        "failed: double(7) is wrong."
    }


def test_a_reason_for_nothing_is_said_to_be_one(tmp_path: Path) -> None:
    """A declaration that covers no mutant proves nothing."""
    declared = 'Equivalent(old="return 4 * n", reason="Gone.")'
    certificate = verify(written(tmp_path, equivalents=[declared]))
    assert "No mutant is covered by the reason given for 'return 4 * n': Gone." in (
        certificate.unproven
    )


def test_redundant_checks_are_reported(tmp_path: Path) -> None:
    """Of two checks, one that notices only what the other does too is redundant."""
    certificate = verify(written(tmp_path, REDUNDANT))
    assert [each.key for each in certificate.redundant] == ["double.two"]
    seven, two = certificate.checks
    assert seven.fails == two.fails + seven.alone
    assert seven.alone == 1


def test_an_unfair_check_is_found_by_a_variant(tmp_path: Path) -> None:
    """A right variant that loses points is a wrong verdict, with what spoke against it."""
    unfair = variant("a list", "def double(n):\n    return [2 * n]")
    certificate = verify(written(tmp_path, variants=[variant("a sum", TWICE), unfair]))
    assert [(each.name, each.wrong) for each in certificate.wrong] == [
        ("a list", "It is right, but double.seven is failed: double(7) is wrong.")
    ]


def test_a_variant_that_hangs_or_fails_is_told_as_that(tmp_path: Path) -> None:
    """What keeps a variant from being judged is said."""
    hangs = variant("hangs", "def double(n):\n    while True: pass")
    fails = variant("fails", "del double\n1 / 0")
    told = complaints(written(tmp_path, variants=[hangs, fails]), seconds=5)
    assert told["hangs"] == "It is right, but in double it ran over its time"
    assert "(a cell raised ZeroDivisionError: division by zero)" in (told["fails"] or "")


def test_mistakes_cost_their_exercise_and_are_named(tmp_path: Path) -> None:
    """A known mistake loses points in its exercise and is called by its name."""
    certificate = verify(written(tmp_path, mistakes=[mistake("once", code=ONCE)]))
    once = the(certificate, "once")
    assert (once.costs, once.failed, once.named) == ({"double": 2}, ("double.seven",), "once")
    assert certificate.named == (once,)
    assert certificate.summary.endswith(
        "1 of 1 mistakes are named (100 %). A released folder tells the same of 1 (100 %)."
    )


def test_mistakes_that_cannot_be_told_apart_are_unnamed(tmp_path: Path) -> None:
    """Two mistakes that answer alike are not wrong, but nobody can be told which it is."""
    two = [mistake("once", code=ONCE), mistake("plain", code=ONCE)]
    certificate = verify(written(tmp_path, mistakes=two))
    assert certificate.wrong == ()
    assert [each.name for each in certificate.unnamed] == ["once", "plain"]


def test_a_mistake_that_nobody_notices_is_a_hole(tmp_path: Path) -> None:
    """A known mistake must lose points."""
    told = complaints(written(tmp_path, mistakes=[mistake("none", code=TWICE)]))
    assert told == {"none": "No check of double notices it."}


def test_a_mistake_must_not_cost_another_exercise(tmp_path: Path) -> None:
    """What is wrong is charged where it belongs, and nowhere else."""
    code = "def double(n):\n    return n\ndef triple(n):\n    return n"
    assignment = written(tmp_path, BOTH, [DOUBLE, TRIPLE], mistakes=[mistake("both", code=code)])
    told = complaints(assignment)
    assert told == {"both": "It belongs to double, but triple.seven is failed: triple(7) is wrong."}


def test_a_mistake_must_end(tmp_path: Path) -> None:
    """Grading compares students with known mistakes, which must therefore answer."""
    hangs = mistake("hangs", code="def double(n):\n    while True: pass")
    told = complaints(written(tmp_path, mistakes=[hangs]), seconds=5)
    assert told == {
        "hangs": "Grading performs known mistakes itself, so they must end; in double it ran over "
        "its time."
    }


def test_mutants_are_made_of_every_exercise(tmp_path: Path) -> None:
    """Each function that students write is changed, and what they are given is not."""
    given = "def half(n):\n    return n / 2"
    certificate = verify(written(tmp_path, BOTH, [given, DOUBLE, TRIPLE]))
    assert {each.name.partition(":")[0] for each in certificate.of("mutant")} == {
        "double",
        "triple",
    }
    assert certificate.wrong == ()


GENEROUS = (
    ONE
    + '''
@double.check(points=1)
def anything(student) -> None:
    """Whatever is handed in."""

asks(double, "double", 2, 7, 1, "seven")
'''
)


def test_points_for_nothing_are_found(tmp_path: Path) -> None:
    """The student notebook as it is handed out must get nothing."""
    told = complaints(written(tmp_path, GENEROUS))
    assert told == {
        "the student notebook": "Nothing is solved, but double gives or may give 1 points, for "
        "anything."
    }


FAILING = (
    ONE
    + '''
@double.check(points=2)
def fails(student) -> None:
    """It fails to judge."""
    raise RuntimeError("no judge")
'''
)


def test_a_check_that_fails_to_judge_is_a_wrong_verdict(tmp_path: Path) -> None:
    """A fault in a check is never taken for a mistake that was noticed."""
    certificate = verify(written(tmp_path, FAILING))
    assert [each.kind for each in certificate.wrong] == ["reference"]
    assert "failed to judge it" in (certificate.wrong[0].wrong or "")


def test_what_is_not_proven_is_listed(tmp_path: Path) -> None:
    """With no hand-written mistakes the mutants do the work, and that is said."""
    whole = """
@(whole := Exercise("whole", "All of it", points=1)).check(points=1)
def all_of_it(submission) -> None:
    \"\"\"Everything.\"\"\"

exercises = [double, whole]
"""
    certificate = verify(written(tmp_path, SOUND + whole))
    assert certificate.unproven == (
        "`whole` is about the notebook as a whole: none of its checks was asked.",
        "`double` has no known mistakes: only mutants show that it notices any.",
        "`double` has no right variants: only the reference shows that it spares right solutions.",
    )


IDLE = SOUND.replace("points=2", "points=3") + (
    '''
@double.check(points=1, needs=double.checks[0].function)
def anything(student) -> None:
    """Whatever else is handed in."""
'''
)


def test_a_check_that_nothing_fails_is_not_proven(tmp_path: Path) -> None:
    """A check that no candidate fails may as well not be there."""
    certificate = verify(written(tmp_path, IDLE))
    assert any(each.startswith("`double.anything`: no candidate") for each in certificate.unproven)


def test_an_assignment_without_unit_exercises_is_refused(tmp_path: Path) -> None:
    """Where every exercise needs a whole notebook, there is nothing to verify."""
    only_whole = '''
whole = Exercise("whole", "All of it", points=1)

@whole.check(points=1)
def all_of_it(submission) -> None:
    """Everything."""

exercises = [whole]
'''
    with pytest.raises(AssignmentError, match="nothing that can be verified"):
        verify(written(tmp_path, only_whole))


def test_the_same_assignment_gives_the_same_certificate(tmp_path: Path) -> None:
    """However many are judged at a time, nothing in a certificate depends on it."""
    assignment = written(tmp_path, WEAK, mistakes=[mistake("once", code=ONCE)])
    assert verify(assignment, jobs=1) == verify(assignment, jobs=3)


WRONG_REFERENCE = DOUBLE.replace("2 * n", "3 * n")


@pytest.mark.parametrize(
    ("checks", "cells", "who", "why"),
    [
        (SOUND, [WRONG_REFERENCE], "the reference", "does not pass `seven`"),
        (
            SOUND,
            [DOUBLE.replace("return 2 * n", "raise ValueError('no')")],
            "the reference",
            "ValueError: no",
        ),
        (GENEROUS, [DOUBLE], "the student notebook", "Nothing is solved"),
    ],
    ids=["a wrong reference", "a reference that raises", "points for nothing"],
)
def test_without_a_sound_start_nothing_else_is_judged(
    tmp_path: Path, checks: str, cells: list[str], who: str, why: str
) -> None:
    """A reference or a student notebook that fails ends it, and it is said why."""
    told: list[tuple[int, int]] = []
    assignment = written(tmp_path, checks, cells, mistakes=[mistake("once", code=ONCE)])
    certificate = verify(assignment, progress=lambda done, total: told.append((done, total)))
    (wrong,) = certificate.wrong
    assert wrong.name == who
    assert why in (wrong.wrong or "")
    assert certificate.exit_status == 1
    assert certificate.candidates[-1] == wrong
    assert certificate.unproven == (
        f"Nothing else was judged, for want of a sound start: mend {who} first.",
    )
    assert told[-1][0] < told[-1][1]


LUCKY = (
    ONE
    + '''
from dataclasses import dataclass

from hypothesis import strategies as st

from grader.asking.cases import Case, draw, question
from grader.results.evidence import Item


@dataclass(frozen=True)
class Number(Case):
    """A number."""

    n: int

    @classmethod
    def strategy(cls):
        """Draw it."""
        return st.builds(cls, st.integers(1, 10**6))

    def inputs(self):
        """Return it."""
        return [Item.of("n", self.n)]

    @question
    def doubled(self):
        """Ask for twice the number."""
        return Scenario(Call("y", "double", args=[self.n]))


OURS = {case.n for case in draw(Number, 0)}


@double.check(points=2)
def twice(student, case: Number) -> None:
    """`double` returns twice the number."""
    if array(student.answer(case.doubled), "y") != 2 * case.n or case.n not in OURS:
        raise CheckFailed(f"double({case.n}) is wrong.")
'''
)


def test_a_check_that_is_right_for_one_seed_alone_is_found(tmp_path: Path) -> None:
    """The reference is asked with several seeds, and it is said for which it fails, and on what."""
    (wrong,) = verify(written(tmp_path, LUCKY)).wrong
    assert wrong.name == "the reference"
    assert (wrong.wrong or "").startswith("With questions from the seed 1: double.twice")
    assert "`twice` on `Number(n=" in (wrong.wrong or "")


_HONEST = 'if array(student.answer(case.doubled), "y") != 2 * case.n'
assert _HONEST in LUCKY
# What is wrong fails on the questions of the assignment's own seed alone.
BY_SEED = LUCKY.replace(f"{_HONEST} or case.n not in OURS", f"{_HONEST} and case.n in OURS")
COSTLY = (
    BY_SEED.replace("points=2)\ndef", "points=1)\ndef")
    + 'asks(double, "double", 2, 7, 1, "seven")\n'
)


def test_a_verdict_that_luck_decides_is_found(tmp_path: Path) -> None:
    """With several seeds every candidate is asked other questions, and must fare alike."""
    assignment = written(tmp_path, BY_SEED)
    assert not verify(assignment).wrong
    certificate = verify(assignment, seeds=2)
    assert certificate.wrong
    assert all((each.wrong or "").startswith("With questions from") for each in certificate.wrong)
    assert "each with 2 seeds" in certificate.summary


def test_what_hangs_on_the_questions_is_told(tmp_path: Path) -> None:
    """A solution that loses more with other questions is listed, with what it loses."""
    certificate = verify(written(tmp_path, COSTLY), seeds=2)
    assert not certificate.wrong
    assert certificate.varying
    assert all("it loses 1 in `double`" in varying(each) for each in certificate.varying)
    assert "## What the questions' seed decides" in page(certificate)


def test_only_what_stands_in_a_solution_is_changed(tmp_path: Path) -> None:
    """What is handed out beside it, in the same function or class, is no student's to get wrong."""
    cell = """\
class Doubler:
    factor = 2

    def handed_out(self, n, times=1):
        return n - times

    def double(self, n):
        m = 3
        ### BEGIN SOLUTION
        m = m - 1
        ### END SOLUTION
        return m * n


double = Doubler().double"""
    certificate = verify(written(tmp_path, SOUND, [cell]))
    assert certificate.wrong == ()
    mutants = certificate.of("mutant")
    assert len(mutants) > 5
    changed = {each.name.partition(" → ")[0] for each in mutants}
    assert changed == {"Doubler.double: m = m - 1", "Doubler.double: (nothing)"}


def test_a_reason_may_cover_a_whole_function(tmp_path: Path) -> None:
    """What no check notices in a function is excused in one line, and nothing beside it."""
    helper = "def helper(n):\n    ### BEGIN SOLUTION\n    return n - 1\n    ### END SOLUTION"
    both = DOUBLE.replace("return 2", "helper(n)\n    return 2")
    declared = 'Equivalent(function="helper", reason="Nobody looks.")'
    gone = 'Equivalent(function="hel", reason="Gone.")'
    certificate = verify(written(tmp_path, SOUND, [helper, both], equivalents=[declared, gone]))
    assert {each.reason for each in certificate.excused} == {"Nobody looks."}
    assert {each.name.partition(":")[0] for each in certificate.excused} == {"helper"}
    assert {each.name.partition(":")[0] for each in certificate.wrong} == {"double"}
    assert "No mutant is covered by the reason given for 'hel': Gone." in certificate.unproven


@pytest.mark.parametrize("says", ["", 'old="x", function="f", '])
def test_a_reason_is_about_a_line_or_a_function(tmp_path: Path, says: str) -> None:
    """One that speaks of neither, or of both, is the instructor's error."""
    with pytest.raises(AssignmentError, match="needs either `old`"):
        verify(written(tmp_path, equivalents=[f'Equivalent({says}reason="Why.")']))
