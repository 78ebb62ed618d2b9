"""Copies in disguise are found, honest solutions are not, and what is common counts for nobody."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from grader.similarity.fingerprints import (
    Comparison,
    all_tokenised,
    common_to_all,
    tokenised,
)
from grader.similarity.pairs import LEAST_SHARE, Alike, alike
from grader.similarity.wrong_answers import Equal
from tests.similarity.solutions import (
    CAREFUL,
    HANDED_OUT,
    HONEST,
    PLAIN,
    by_name,
    course,
    disguised,
)


def compared(folder: Path, codes: dict[str, str], handed_out: str = HANDED_OUT) -> Alike:
    """Compare a class of these codes."""
    return alike(course(folder, codes).handed, handed_out, {}, 1)


def names(found: Alike) -> set[frozenset[str]]:
    """Return the names of the pairs that are to be looked at."""
    return {frozenset((pair.one.name, pair.other.name)) for pair in found.pairs}


def test_a_copy_in_disguise_is_found(tmp_path: Path) -> None:
    """Other names, comments, blank lines and another order of definitions hide nothing."""
    copy = disguised(PLAIN)
    assert not {"powers", "logits", "learning_rate"} & set(copy.replace(".", " ").split())
    assert copy.index("def accuracy") < copy.index("class Linear")
    found = compared(tmp_path, {**HONEST, "eve": copy})
    assert names(found) == {frozenset(("ada", "eve"))}
    assert min(found.pairs[0].common.shares) > 0.9


def test_honest_solutions_are_no_pairs(tmp_path: Path) -> None:
    """Of four ways to solve one exercise, no two have more than a sixth in common."""
    handed = course(tmp_path, HONEST).handed
    assert alike(handed, HANDED_OUT, {}, 1).pairs == ()
    tokens = [tokenised(each.code) for each in handed]
    common = common_to_all([tokenised(HANDED_OUT)], {})
    comparison = Comparison([each.code for each in handed], tokens, common)
    shares = [comparison.compared(*two).shares for two in combinations(range(4), 2)]
    assert 0 < max(map(max, shares)) < 0.18


def test_what_was_handed_out_counts_for_nobody(tmp_path: Path) -> None:
    """The same solutions are alike where nobody says what was handed out with them."""
    assert names(compared(tmp_path / "a", HONEST, "")) != set()
    assert names(compared(tmp_path / "b", HONEST)) == set()


def test_a_part_that_was_copied_is_found(tmp_path: Path) -> None:
    """Of two that have one class of three in common, the lines are told on each side."""
    part = PLAIN[: PLAIN.index("def softmax")]
    rest = CAREFUL[CAREFUL.index("def softmax") :]
    found = compared(tmp_path, {"ada": PLAIN, "eve": disguised(part) + rest})
    (pair,) = found.pairs
    lines = pair.other.code.split("\n")
    marked = {n for each in pair.common.regions[1] for n in range(each.first, each.last + 1)}
    told = {lines[n - 1].strip() for n in marked}
    assert "self.grad_W = self.batch.T @ upstream" in told
    assert not any("predicted" in each for each in told)


def test_what_is_marked_on_both_sides_is_the_same_code(tmp_path: Path) -> None:
    """Each region leads to the line of the other side that has the same tokens."""
    found = compared(tmp_path, {"ada": PLAIN, "eve": disguised(PLAIN)})
    (pair,) = found.pairs
    for region in pair.common.regions[0]:
        mine = tokenised(pair.one.code.split("\n")[region.first - 1]).text
        theirs = tokenised(pair.other.code.split("\n")[region.other - 1]).text
        assert mine[-8:] == theirs[-8:]
    assert pair.common.regions[0]


def test_what_half_of_a_class_shares_counts_for_nobody(tmp_path: Path) -> None:
    """A helper from the lecture is no copy where most have it, and one where only two have it."""
    helper = PLAIN[PLAIN.index("def softmax") :] * 1
    rest = {
        name: f"\nvalues_{name} = [{', '.join(f'{n}**{k}' for k in range(2, 9))}]\n"
        for n, name in enumerate(("a", "b", "c", "d", "e", "f", "g"), start=11)
    }
    many = {name: helper + own for name, own in rest.items()}
    assert compared(tmp_path / "many", many).pairs == ()
    few = {name: (helper if name in "ab" else "") + own for name, own in rest.items()}
    assert names(compared(tmp_path / "few", few)) == {frozenset("ab")}


def test_fingerprints_that_are_repeated_stay(tmp_path: Path) -> None:
    """What a code holds several times, and nobody handed out, counts on both sides in full."""
    twice = PLAIN + PLAIN.replace("Linear", "Second").replace("softmax", "other")
    found = compared(tmp_path, {"ada": twice, "eve": disguised(twice)})
    assert min(found.pairs[0].common.shares) > 0.9


def test_several_notebooks_of_one_student_are_no_pairs(tmp_path: Path) -> None:
    """Each two students are one pair at most, that of the most alike of their notebooks."""
    codes = {"ada/one": PLAIN, "ada/two": PLAIN + "\nprint(1)", "eve/a": CAREFUL, "eve/b": PLAIN}
    found = compared(tmp_path, codes)
    assert names(found) <= {frozenset(("ada/one", "eve/b")), frozenset(("ada/two", "eve/b"))}
    assert len(found.pairs) == 1


def test_what_has_nothing_of_its_own_is_told(tmp_path: Path) -> None:
    """What was handed back as it was handed out is no copy of another such."""
    found = compared(tmp_path, {"ada": "", "bob": "", "cyd": PLAIN})
    assert found.pairs == ()
    assert [each.name for each in found.left_out] == ["ada", "bob"]
    assert "no code of its own" in found.left_out[0].reason


def test_what_a_lexer_hangs_on_is_left_out() -> None:
    """It is ended in time, and the others are compared all the same."""
    found = list(all_tokenised(["x = 1", "(" * 199_000, "y = 2"], workers=1, seconds=0.05))
    assert found[1] is None


@pytest.mark.parametrize(
    "code",
    [
        "(" * 50_000,
        "'" * 50_001,
        "x=1;" * 40_000,
        "é\u202e\U0001f600 = '\u0000'\n" * 500,
        "f'{" * 9000,
    ],
    ids=["brackets", "quotes", "minified", "unicode", "f-strings"],
)
def test_whatever_comes_is_compared(tmp_path: Path, code: str) -> None:
    """Code that is no Python, in one line or thousands, is compared with itself and found alike."""
    handed = by_name(course(tmp_path, {"ada": code, "eve": code, "bob": PLAIN}))
    found = alike(tuple(handed.values()), HANDED_OUT, {}, 1)
    assert all(pair.common.shares[0] <= 1 for pair in found.pairs)
    assert frozenset(("ada", "bob")) not in names(found)
    assert "bob" in handed


def equal(having: int, judged: int, exercise: str = "relu") -> Equal:
    """Return an equal wrong answer of so many."""
    return Equal(exercise, "check", "It works.", "It does not.", having, judged)


def test_equal_wrong_answers_make_a_pair_of_different_codes(tmp_path: Path) -> None:
    """The rarer come first, beside those whose code is alike."""
    handed = course(tmp_path, {**HONEST, "eve": disguised(PLAIN)}).handed
    answers = {
        frozenset(("bob", "cyd")): (equal(2, 40),),
        frozenset(("bob", "dov")): (equal(10, 40), equal(10, 40)),
        frozenset(("cyd", "dov")): (equal(13, 40),),
    }
    found = alike(handed, HANDED_OUT, answers, 1)
    told = [{pair.one.name, pair.other.name} for pair in found.pairs]
    assert {"cyd", "dov"} not in told
    assert told[-1] == {"bob", "dov"}
    assert {"ada", "eve"} in told[:2]
    assert {"bob", "cyd"} in told[:2]
    assert max(found.pairs[-1].common.shares) < LEAST_SHARE


def test_nobody_hides_others_behind_copies_of_his_own(tmp_path: Path) -> None:
    """Not by fifty copies of one notebook, nor do two students who share one."""
    codes = {**HONEST, "eve": disguised(PLAIN)}
    handed = course(tmp_path, codes).handed
    mallory, oscar = (replace(handed[0], student=name, name=name) for name in ("mal", "osc"))
    own = [replace(each, code=f"{CAREFUL}\nz = 1") for each in (mallory, oscar)]
    every = [*own * 25, *handed]
    tokens = [tokenised(each.code) for each in every]
    comparison = Comparison([each.code for each in every], tokens, np.empty(0, np.int64))
    found = comparison.likely([each.student for each in every], most=20)
    two = {frozenset((every[one].student, every[other].student)) for one, other in found}
    assert frozenset(("ada", "eve")) in two
    assert all(len(each) == 2 for each in two)
