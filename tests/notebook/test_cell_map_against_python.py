"""What a cell map says of a name is what Python does with it."""

import runpy
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.cell_maps import cell_map

VARIABLES = st.sampled_from("abc")
FUNCTIONS = st.sampled_from("fgh")


@st.composite
def statements(draw: st.DrawFn) -> str:
    """Draw a statement over three variables and three functions that may not be there yet."""
    target, source, other = draw(VARIABLES), draw(VARIABLES), draw(VARIABLES)
    function, helper = draw(FUNCTIONS), draw(FUNCTIONS)
    number = draw(st.integers(0, 3))
    forms = [
        f"{target} = {number}",
        f"{target} = {source} + {number}",
        f"{target} += {number}",
        f"{target}, {source} = {source}, {other}",
        f"if {source} > {number}:\n    {target} = {other}",
        f"for {target} in range({number + 1}):\n    {source} = {target} + {number}",
        f"try:\n    {target} = 1 // {source}\nexcept ZeroDivisionError:\n    {other} = {number}",
        f"{target} = max([{source} + {other} for {source} in range({number + 1})])",
        f"def {function}(): return {source} + {number}",
        f"def {function}(): return {helper}() + {number}",
        f"{function} = lambda {source}={target}: {source} + {other}",
        f"class {function}:\n    {source} = {other}\n"
        f"    def __new__(cls): return cls.{source} + {target}",
        f"{target} = {function}()",
    ]
    return draw(st.sampled_from(forms))


def outcome(values: dict[str, Any], name: str) -> object:
    """Return the value of a name, or what calling it returns or raises."""
    value = values.get(name, "missing")
    if not callable(value):
        return value
    try:
        return value()
    except (NameError, TypeError, RecursionError) as error:
        return type(error)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], dict[str, Any]]:
    """Return a function that runs cells one after the other and returns what they bound."""
    path = tmp_path_factory.mktemp("run") / "cells.py"

    def run(sources: Sequence[str]) -> dict[str, Any]:
        path.write_text("\n".join(sources), encoding="utf-8")
        return runpy.run_path(str(path))

    return run


class TestAgainstPython:
    @settings(deadline=None, max_examples=300)
    @given(
        st.lists(st.lists(statements(), min_size=1, max_size=3).map("\n".join), max_size=7),
        st.sampled_from("abcfgh"),
    )
    def test_a_slice_gives_what_the_whole_gives(
        self, run: Callable[[Sequence[str]], dict[str, Any]], sources: list[str], name: str
    ) -> None:
        """Running a slice leaves a name as running every cell up to `ready` does."""
        sources = ["a, b, c = 5, 6, 7", *sources]
        cells = cell_map(*sources)
        end = cells.ready([name])
        assume(end is not None)
        assert end is not None
        try:
            whole = run(sources[: end + 1])
        except (NameError, TypeError, RecursionError):
            assume(False)
        part = run([sources[index] for index in cells.slice([name])])
        assert outcome(part, name) == outcome(whole, name)

    @settings(deadline=None)
    @given(st.permutations("fghijk"), st.data())
    def test_what_is_ready_can_be_called(
        self,
        run: Callable[[Sequence[str]], dict[str, Any]],
        order: list[str],
        data: st.DataObject,
    ) -> None:
        """Functions that use each other in any order can be called once they are ready."""
        sources = []
        for name in order:
            # Only the names further on in the alphabet, so that no call goes round in circles.
            others = [other for other in order if other > name]
            used = data.draw(st.sets(st.sampled_from(others))) if others else set()
            calls = " + ".join(["1", *(f"{other}()" for other in sorted(used))])
            sources.append(f"def {name}(): return {calls}")
        end = cell_map(*sources).ready(["f"])
        assert end is not None
        assert isinstance(outcome(run(sources[: end + 1]), "f"), int)
