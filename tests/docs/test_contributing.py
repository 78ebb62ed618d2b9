"""What CONTRIBUTING.md sends people to is there."""

import re

import pytest

from tests.notebooks import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PATHS = sorted(
    {
        each
        for each in re.findall(r"`([\w./*-]+)`", TEXT)
        if "/" in each and "NAME" not in each and "VERSION" not in each
    }
)

PACKAGES = sorted(path.parent.name for path in (ROOT / "grader").glob("*/__init__.py"))
# What the paragraphs below the map tell of.
DESCRIBED = ("asking", "agent", "agent/wire", "authoring/importing", "course")
MODULES = sorted(
    set(re.findall(r"`([a-z_]+)`", TEXT.partition("A plain check goes")[2].partition("\n## ")[0]))
)


def test_paths_are_found() -> None:
    """The test below is about something."""
    assert "grader/scenario.py" in PATHS


@pytest.mark.parametrize("path", PATHS)
def test_each_path_that_is_named_is_there(path: str) -> None:
    """A newcomer who follows it finds a file or a folder."""
    assert list(ROOT.glob(path.rstrip("/")))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_has_each_package(package: str) -> None:
    """Whoever looks for a floor of the house finds it there."""
    house = TEXT.partition("```\n   notebook/")[2].partition("```")[0]
    assert re.search(rf"\b{package}/", f"notebook/{house}")


@pytest.mark.parametrize("module", MODULES)
def test_what_is_told_of_a_package_names_its_modules(module: str) -> None:
    """A module that the text sends people to is there."""
    assert any((ROOT / "grader" / each / f"{module}.py").is_file() for each in DESCRIBED)
