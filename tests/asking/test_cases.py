"""What cases promise: everyone gets the same, each is built once, and the simplest is shown."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.asking.cases import CASES, Case, draw, question, shrink
from grader.checks.strategies import DTYPES, LAYOUTS, Numbers
from grader.checks.strategies import KINDS as NUMBERS
from grader.results.evidence import Item
from grader.scenario import Call, Make, Scenario
from reference.nn_from_scratch.linear_cases import LinearCase
from reference.nn_from_scratch.relu_cases import ReLUCase, ShapeCase
from tests.notebooks import ROOT

KINDS = [LinearCase, ReLUCase, ShapeCase]


@dataclass(frozen=True)
class Pair(Case):
    """Two small numbers and a word."""

    a: int
    b: int
    word: str = ""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how pairs are drawn."""
        words = st.text("xyz", max_size=3)
        return st.builds(cls, a=st.integers(0, 9), b=st.integers(-5, 5), word=words)

    def inputs(self) -> Sequence[Item]:
        """Return both numbers."""
        return [Item.of("a", self.a), Item.of("b", self.b)]

    @question
    def first(self) -> Scenario:
        """Ask about a."""
        return Scenario(Call("y", "f", args=[self.a]))

    @question
    def second(self) -> Scenario:
        """Ask about b."""
        return Scenario(Call("y", "f", args=[self.b, np.zeros(2)]))

    def other(self) -> Scenario:
        """Ask what is not asked of every pair."""
        return Scenario(Make("f", "F"))


class Triple(Pair):
    """A pair with one more question, and another answer to an old one."""

    @question
    def first(self) -> Scenario:
        """Ask about a in another way."""
        return Scenario(Call("y", "g", args=[self.a]))

    @question
    def third(self) -> Scenario:
        """Ask about the sum."""
        return Scenario(Call("y", "f", args=[self.a + self.b]))


class Even(Pair):
    """A pair whose first number is even, by a filter that rejects every other one."""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how pairs are drawn."""
        return super().strategy().filter(lambda pair: pair.a % 2 == 0)


PROGRAM = """
import sys
import grader.asking.cases
from reference.nn_from_scratch.linear_cases import LinearCase
from reference.nn_from_scratch.relu_cases import ReLUCase, ShapeCase
sys.path.insert(0, ".")
if {more}:
    import constants
for kind in (LinearCase, ReLUCase, ShapeCase):
    print(grader.asking.cases.draw(kind, {seed}))
"""


def drawn(folder: Path, seed: int, *, more: bool, **environment: str) -> str:
    """Return what a fresh process in `folder` draws, with or without another module loaded."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(seed=seed, more=more)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize("seed", [2, 7])
def test_the_same_seed_draws_the_same_cases_in_any_process(tmp_path: Path, seed: int) -> None:
    """Neither the modules loaded, nor the folder, nor hash seeds, nor CI make a difference."""
    (tmp_path / "constants.py").write_text(f"NUMBERS = {[*range(65536)][::37]}\nWORD = 'small'\n")
    here = "".join(f"{draw(kind, seed)}\n" for kind in KINDS)
    assert drawn(tmp_path, seed, more=True, PYTHONHASHSEED="1", CI="true") == here
    assert drawn(ROOT, seed, more=False, PYTHONHASHSEED="2") == here
    assert not (tmp_path / ".hypothesis").exists()


@pytest.mark.parametrize("seed", [2, 7])
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_case_is_the_simplest(kind: type[Case], seed: int) -> None:
    """A student who fails everything fails on one by one, whatever the seed."""
    assert draw(kind, seed)[0] == shrink(kind, lambda _case: True, 0)


@pytest.mark.parametrize("kind", [*KINDS, Pair])
def test_another_seed_draws_other_cases(kind: type[Case]) -> None:
    """Seeds have little in common, and each draws its cases but once."""
    first, second = draw(kind, 1), draw(kind, 2)
    assert draw(kind, 1) is first
    assert len(set(first) & set(second)) < len(first) / 2


@pytest.mark.parametrize("kind", [*KINDS, Pair, Even])
@pytest.mark.parametrize("seed", range(5))
def test_enough_different_cases_are_drawn(kind: type[Case], seed: int) -> None:
    """All cases differ, and there are as many as are wanted."""
    cases = draw(kind, seed)
    assert len(set(cases)) == len(cases) == CASES
    assert all(type(case) is kind for case in cases)


@pytest.mark.parametrize("seed", range(20))
def test_the_cases_of_a_layer_meet_every_value_of_its_fields(seed: int) -> None:
    """Whatever the seed: batches of one and of several, every kind, dtype and order."""
    cases = draw(LinearCase, seed)
    assert {case.numbers.kind for case in cases} == set(NUMBERS)
    assert {case.numbers.dtype for case in cases} == set(DTYPES)
    assert {case.numbers.layout for case in cases} == set(LAYOUTS)
    assert len({case.batch for case in cases}) >= 5
    # A square layer, or a batch of as many rows as inputs, hides what has the wrong shape.
    assert sum(len({case.batch, case.n_in, case.n_out}) == 3 for case in cases) >= 5


def test_shrinking_ends_in_the_simplest_case() -> None:
    """Where every case fails, the simplest is a layer of one by one and a batch of one."""
    found = shrink(LinearCase, lambda _case: True, 3)
    assert found == LinearCase(1, 1, 1, Numbers())


@pytest.mark.parametrize("seed", range(3))
def test_shrinking_keeps_what_makes_a_case_fail(seed: int) -> None:
    """The simplest case that fails is the smallest one with the property that counts."""
    found = shrink(LinearCase, lambda case: case.batch > 1 and case.n_out > 2, seed)
    assert found == LinearCase(2, 1, 3, Numbers())
    shape = shrink(ShapeCase, lambda case: len(case.shape) > 2, seed)
    assert shape is not None
    assert shape.shape == (1, 1, 1)


def test_shrinking_what_never_fails_finds_nothing() -> None:
    """A case that cannot be found again is not made up."""
    assert shrink(LinearCase, lambda _case: False, 0) is None


def test_a_case_of_one_by_one_tells_its_numbers_apart() -> None:
    """What shrinking ends in has different numbers for x, W, b and the upstream gradient."""
    case = LinearCase(1, 1, 1, Numbers())
    numbers = [array.item() for array in (case.x, case.weights, case.bias, case.upstream)]
    assert len({abs(number) for number in numbers}) >= 3
    assert 0 not in numbers


def test_a_question_is_built_once_a_case() -> None:
    """Read twice, it is the same object; equal cases have equal questions of their own."""
    case, equal = Pair(1, 2), Pair(1, 2)
    assert case.first is case.first
    assert case.first is not equal.first
    assert case == equal
    assert case.first.key == equal.first.key != case.second.key


def test_a_question_keeps_its_docstring() -> None:
    """Read from the class, it tells what it asks."""
    assert Pair.first.__doc__ == "Ask about a."


def test_questions_lists_every_question_and_nothing_else() -> None:
    """Inherited ones are among them, in the version of the class itself."""
    pair, triple = Pair(1, 2), Triple(1, 2)
    assert [id(each) for each in pair.questions()] == [id(pair.first), id(pair.second)]
    ids = [id(triple.first), id(triple.second), id(triple.third)]
    assert [id(each) for each in triple.questions()] == ids
    assert triple.first.key != pair.first.key
    assert len(LinearCase(1, 1, 1, Numbers()).questions()) == 9


def test_a_case_says_how_it_is_drawn_and_shown() -> None:
    """Whoever declares a case without either learns of it."""
    with pytest.raises(NotImplementedError):
        Case.strategy()
    with pytest.raises(NotImplementedError):
        Case().inputs()
