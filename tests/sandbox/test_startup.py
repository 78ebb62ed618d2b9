"""What is imported, and compiled, before a kernel's process is started: no more than that needs."""

import os
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from grader.lean import UNUSED
from grader.sandbox.folders import code_below
from tests.notebooks import ROOT

# What drives and asks a kernel, draws cases and writes reports: for when its process has started.
LATER = (
    *("nbclient", "nbformat", "jupyter_client", "IPython", "zmq", "hypothesis", "matplotlib"),
    *("jinja2", "pebble", "distributed", "grader.scoring", "grader.execution.run"),
)


def test_a_call_imports_little_before_it_starts_a_kernel() -> None:
    """A cold `grade` does not keep the kernel waiting for what is needed only later."""
    program = (
        "import sys; import grader.cli, grader.course.batch; "
        f"print([each for each in {LATER!r} if each in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_runs_inside_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels find the code that starts them compiled: where they read it, they may not write."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    code = code_below(tmp_path)
    sources = list(code.rglob("*.py"))
    assert len(sources) > 20
    for source in sources:
        compiled = Path(cache_from_source(str(source)))
        assert compiled.stat().st_mtime >= source.stat().st_mtime


def test_nothing_is_compiled_where_that_is_unwanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own switch against compiled files holds for these too."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr("grader.sandbox.folders.py_compile.compile", None)
    assert code_below(tmp_path).is_dir()


@pytest.mark.parametrize("start", ["grader.cli, grader.scoring", "grader.inline.ask"])
def test_what_comes_with_jupyterlab_costs_no_command_anything(tmp_path: Path, start: str) -> None:
    """Of what jsonschema imports wherever it is installed, a grammar takes longer than grading."""
    for name in UNUSED:
        (tmp_path / f"{name}.py").write_text("is_valid_syntax = lambda *told, **how: True\n")
    program = (
        f"import {start}\nimport sys, jsonschema, nbformat\n"
        f"print([each for each in {UNUSED!r} if sys.modules.get(each)])"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
