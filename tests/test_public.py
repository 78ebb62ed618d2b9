"""What authors and released folders may import: it is documented, and all that they import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import grader
from tests.notebooks import ROOT

API = (ROOT / "docs" / "api.md").read_text("utf-8")
DOCUMENTED = set(re.findall(r"^::: (\S+)$", API, re.MULTILINE))
CHECKS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "grader" / "checks").rglob("*.py")
    if path.stem != "__init__"
)
# What is written against the public names: references, what is released of them, templates.
AUTHORED = sorted(
    path
    for pattern in (
        "reference/**/*.py",
        "assignments/*/public/*.py",
        "grader/authoring/templates/*.py.template",
    )
    for path in ROOT.glob(pattern)
)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = {
    page.name: [each for each in BLOCK.findall(page.read_text("utf-8")) if "import" in each]
    for page in sorted((ROOT / "docs").glob("*.md"))
}


def imported(source: str) -> Iterator[tuple[str, str]]:
    """Yield what a source imports of the grader: modules, and names of them ("" for none)."""
    # Templates hold `$name` where a name is filled in.
    for node in ast.walk(ast.parse(source.replace("$", ""))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module.partition(".")[0] == "grader":
                yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.partition(".")[0] == "grader")


def private(source: str) -> list[str]:
    """Return what a source imports of the grader that is not public."""
    return [
        f"{module}.{name}"
        for module, name in imported(source)
        if not (module in CHECKS and not name.startswith("_"))
        and not (module == "grader" and name in grader.__all__)
    ]


@pytest.mark.parametrize("path", AUTHORED, ids=lambda path: str(path.relative_to(ROOT)))
def test_assignments_import_only_what_is_public(path: Path) -> None:
    """References, released folders and templates need no module that may move."""
    assert private(path.read_text("utf-8")) == []


@pytest.mark.parametrize("page", BLOCKS)
def test_the_docs_import_only_what_is_public(page: str) -> None:
    """Nor does what the docs show of checks."""
    assert [each for block in BLOCKS[page] for each in private(block)] == []


def test_a_private_import_is_told() -> None:
    """The tests above can fail."""
    assert private("from grader.scenario import Subject") == ["grader.scenario.Subject"]
    assert private("import grader.scoring") == ["grader.scoring."]


@pytest.mark.parametrize("name", grader.__all__)
def test_each_public_name_is_documented(name: str) -> None:
    """It is on the reference page, and says of itself what it is."""
    assert f"grader.{name}" in DOCUMENTED, f"docs/api.md needs a line: ::: grader.{name}"
    value = getattr(grader, name)
    assert getattr(value, "__doc__", None)


@pytest.mark.parametrize("module", CHECKS)
def test_each_module_of_checks_is_documented(module: str) -> None:
    """It is on the reference page; what is public in it has a docstring."""
    assert module in DOCUMENTED, f"docs/api.md needs a line: ::: {module}"
    found = vars(import_module(module))
    own = {n: v for n, v in found.items() if getattr(v, "__module__", None) == module}
    assert [n for n, v in own.items() if not n.startswith("_") and not v.__doc__] == []


def test_nothing_else_is_on_the_page() -> None:
    """The page promises no more than stands still; results have a schema of their own."""
    public = {*(f"grader.{name}" for name in grader.__all__), *CHECKS, "grader.results.model"}
    assert public >= DOCUMENTED


def test_all_public_names_can_be_imported_at_once() -> None:
    """Of the modules that type checkers see them in, though only when they are asked for."""
    names: dict[str, object] = {}
    exec("from grader import *", names)  # noqa: S102 - ours
    assert set(grader.__all__) <= names.keys()
    assert set(grader.__all__) <= {*dir(grader)}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = grader.nothing


def test_importing_the_package_imports_nothing_of_it() -> None:
    """A kernel that loads `%check` does not wait for what checks are written with."""
    code = "import sys, grader; print([n for n in sys.modules if n.startswith('grader.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_told_as_ever() -> None:
    """A misspelt name ends as in any module."""
    with pytest.raises(AttributeError, match="module 'grader' has no attribute 'Scenarios'"):
        _ = grader.Scenarios
