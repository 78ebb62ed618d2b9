"""The house has floors: a package imports those below it, and none above."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks import ROOT

GRADER = ROOT / "grader"
# From the ground up. What one of these imports stands before it.
FLOORS = (
    *("errors", "faults", "models", "i18n", "text", "files", "lean", "extras"),
    *("agent", "scenario"),
    *("notebook", "datasets", "sandbox", "mutation"),
    *("results", "verdicts", "asking", "assignment", "options"),
    *("subjects", "execution", "judging", "checks"),
    "mending",
    *("scoring", "grading", "preflight"),
    "reports",
    "collecting",
    "gradebook",
    *("course", "publishing", "inline", "doctor", "authoring"),
    *("similarity", "review"),
    *("cli", "__main__"),
)
MODULES = sorted(GRADER.rglob("*.py"))


def floor(path: Path) -> str:
    """Return the package or the module at the top that a file belongs to."""
    return path.relative_to(GRADER).with_suffix("").parts[0]


def imported(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a source imports of the grader: the floor, and the name where it is the face.

    What is imported for types alone is not: nothing of it is there when the module runs.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            package, *rest = node.module.split(".")
            if package == "grader":
                yield from ((rest[0] if rest else "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                package, *rest = alias.name.split(".")
                if package == "grader":
                    yield (rest[0] if rest else "", "")


def upwards(own: str, source: str) -> list[str]:
    """Return what a source on the floor `own` imports of its own floor's equals or of those above.

    The version is the face's, and everybody's; a floor is its own affair.
    """
    return [
        f"{below}.{name}"
        for below, name in imported(source)
        if (below or name) not in (own, "__version__", "")
        and ((below or name) not in FLOORS or FLOORS.index(below or name) >= FLOORS.index(own))
    ]


def test_every_floor_is_known() -> None:
    """A new package at the top takes its place among the others, and nothing is listed in vain."""
    assert {floor(path) for path in MODULES} - {"__init__"} == set(FLOORS)


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(GRADER).with_suffix("").as_posix()
)
def test_imports_run_downwards(path: Path) -> None:
    """No module imports a floor above its own, not even within a function."""
    if floor(path) != "__init__":
        assert upwards(floor(path), path.read_text("utf-8")) == []


def test_an_import_upwards_is_told() -> None:
    """The test above can fail."""
    assert upwards("notebook", "from grader.course.store import Store") == ["course.Store"]
    assert upwards("notebook", "def f():\n    import grader.reports.html") == ["reports."]
    assert upwards("notebook", "from grader import Student") == [".Student"]
    assert upwards("notebook", "from grader.text import printable") == []
