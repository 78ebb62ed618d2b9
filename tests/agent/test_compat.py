"""What is used of other libraries beyond what they promise is listed, and is there."""

import ast
import dis
import re
from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from grader.agent.compat import FORMER_OPCODES, OF_INSTANCES, OPCODES, PRIVATE
from tests.notebooks import ROOT

LISTED = [(module, name) for module, names in PRIVATE.items() for name in names]
EVERY = (*PRIVATE.values(), *OF_INSTANCES.values())
KNOWN = {part for names in EVERY for name in names for part in name.split(".")}
SOURCES = sorted((ROOT / "grader").rglob("*.py"))
# Python promises these.
PROMISED = {"_exit", "_asdict", "_replace"}


@pytest.mark.parametrize(("module", "name"), LISTED, ids=str)
def test_what_is_listed_is_there(module: str, name: str) -> None:
    """In the versions that are installed: where one is gone, what relied on it has to be mended."""
    there = import_module(module)
    assert reduce(getattr, name.split("."), there) is not None


def private_uses(source: str) -> Iterator[str]:
    """Yield names with one underscore that a source takes from something else than itself."""
    tree = ast.parse(source)
    own = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
        and isinstance(node.ctx, ast.Store)
    }
    own |= {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    own |= {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    # Where attributes are set by a mapping, their names stand in it.
    own |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("grader"):
            names = [alias.name for alias in node.names if node.level == 0]
        yield from (n for n in names if n[:1] == "_" and n[:2] != "__" and n not in own)


@pytest.mark.parametrize("name", OPCODES)
def test_what_is_looked_for_in_bytecode_is_an_instruction(name: str) -> None:
    """Where one has another name in a newer Python, what goes by it sees nothing any more."""
    assert name in dis.opmap


@pytest.mark.parametrize("path", [p for p in SOURCES if "import dis\n" in p.read_text("utf-8")])
def test_the_instructions_that_are_looked_for_are_listed(path: Path) -> None:
    """They are, written in capitals, what a module that looks at bytecode has as texts."""
    tree = ast.parse(path.read_text("utf-8"))
    texts = [str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    found = {each for each in texts if re.fullmatch("[A-Z]+(_[A-Z]+)+", each)}
    assert found
    assert found <= {*OPCODES, *FORMER_OPCODES}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "grader")))
def test_what_is_used_is_listed(path: Path) -> None:
    """Whoever updates a library finds all that may break in one place."""
    assert set(private_uses(path.read_text("utf-8"))) - KNOWN - PROMISED == set()


def test_a_private_name_is_told() -> None:
    """The test above can fail."""
    found: Any = list(private_uses("from _thread import _excepthook\nother._secret = 1"))
    assert found == ["_excepthook", "_secret"]
