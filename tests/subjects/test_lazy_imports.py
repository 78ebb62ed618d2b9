"""The reference makes the imports that it needs, and others only when somebody asks for them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import AssignmentError
from grader.scenario import Call, Make, Scenario, Value
from grader.subjects.reference import Reference, performing

SOLUTION = "class Answer:\n    def __init__(self):\n        self.right = 42\n"
QUESTION = Scenario(Make("answer", "Answer"))


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let there be a library that nobody has imported yet."""
    package = tmp_path / "heavy_library"
    package.mkdir()
    (package / "__init__.py").write_text("def seven():\n    return 7\n")
    (package / "part.py").write_text("def eight():\n    return 8\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [each for each in sys.modules if each.startswith("heavy_library")]:
        del sys.modules[name]


def loaded(*sources: str) -> bool:
    """Whether the library is there once the solution has answered a question about itself."""
    performing([*sources, SOLUTION], "the solution").answer(QUESTION)
    return "heavy_library" in sys.modules


def value(subject: Reference, name: str) -> object:
    """Return what a function of the subject returns."""
    (outcome,) = subject.answer(Scenario(Call("y", name))).outcomes
    assert isinstance(outcome, Value)
    return outcome.value


@pytest.mark.parametrize(
    "imports",
    [
        "import heavy_library",
        "import heavy_library as heavy",
        "import heavy_library.part",
        "from heavy_library import seven",
        "import json\nimport heavy_library\nprint(json.dumps(1))",
    ],
)
def test_what_nothing_mentions_is_not_imported(imports: str) -> None:
    """A library that the exercise's cells do not use costs its grading nothing."""
    assert not loaded(imports)


@pytest.mark.parametrize(
    "sources",
    [
        ("import heavy_library", "x = heavy_library.seven()"),
        ("from heavy_library import seven", "def f():\n    return seven()"),
        ("from heavy_library import *",),
        ("import heavy_library.part", "import heavy_library as h", "h.seven()"),
        ("import heavy_library as h", "x = globals()['h']"),
        ("import heavy_library as h", "x = 'h'"),
        ("try:\n    import heavy_library\nexcept ImportError:\n    pass",),
        ("import heavy_library", "def f():\n    global heavy_library\n    heavy_library = 1"),
    ],
)
def test_what_may_be_needed_is_imported(sources: tuple[str, ...]) -> None:
    """An import is made where a name of its library is mentioned, or may be without its name."""
    assert loaded(*sources)


def test_a_part_makes_its_library_work() -> None:
    """What is imported of a library for its effect alone is there for whoever uses the library."""
    sources = ["import heavy_library.part", "import heavy_library as h", "f = h.part.eight"]
    assert value(performing(sources, "the solution"), "f") == 8


def test_what_is_asked_for_is_imported() -> None:
    """A check may ask for a name that only an import binds."""
    subject = performing(["from heavy_library import seven", SOLUTION], "the solution")
    assert "heavy_library" not in sys.modules
    assert value(subject, "seven") == 7


def test_a_solution_s_functions_may_bind_names() -> None:
    """What a function makes global can be asked for as what a cell binds."""
    source = "def bind():\n    global bound\n    def bound():\n        return 3\n"
    subject = performing([source], "the solution")
    subject.answer(Scenario(Call("y", "bind")))
    assert value(subject, "bound") == 3


def test_annotations_stay_what_the_solution_makes_of_them() -> None:
    """An import from the future is no library's, and holds for its cell."""
    source = "from __future__ import annotations\ndef f() -> undefined:\n    return 4\n"
    assert value(performing([source], "the solution"), "f") == 4


def test_what_is_needed_and_missing_is_told() -> None:
    """A library that is used and not there is the assignment's fault, as any error in it."""
    with pytest.raises(AssignmentError, match=r"cannot be run: ModuleNotFoundError.*import absent"):
        performing(["import absent_library as a", "a.x()"], "the solution")


def test_a_solution_that_exits_is_told_as_any_other_error() -> None:
    """It does not end the grader along with it."""
    with pytest.raises(AssignmentError, match="cannot be run: SystemExit: 3, in the code that"):
        performing(["exit(3)"], "the solution")
