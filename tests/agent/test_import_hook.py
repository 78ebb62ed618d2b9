"""Hearing of a module's first import."""

from pathlib import Path

from tests.agent.processes import Run


def hear(name: str, action: str = "print('heard', module.x)") -> str:
    """Return a cell that does `action` once the module `name` has been imported."""
    return f"""
        def heard(module): {action}
        from grader_agent.shims.import_hook import when_imported
        when_imported({name!r}, heard)
    """


def test_a_callback_runs_after_the_first_import(run: Run, tmp_path: Path) -> None:
    """It runs once, when the module's code has run, and at once if that was before."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "part.py").write_text("import pickle\nx = 1\nclass C: pass\n")
    found = run(
        hear("package.part"),
        "import importlib.util as i, package\nprint(i.find_spec('package.part').name)",
        "from package.part import x, C",
        "import pickle, package.part\nprint(pickle.loads(pickle.dumps(C())).__class__ is C)",
        """
        loader = package.part.__spec__.loader
        print(type(loader).__name__, *vars(loader), loader.get_source('package.part')[:6])
        """,
        "import importlib\nassert importlib.reload(package.part) is package.part",
        hear("package.part"),
    )
    assert found.errors == [None] * 7
    assert found.printed[:4] == ["", "package.part\n", "heard 1\n", "True\n"]
    assert found.printed[4:] == ["SourceFileLoader name path import\n", "", "heard 1\n"]


def test_a_failed_import_is_not_heard_of(run: Run, tmp_path: Path) -> None:
    """The callback waits for the import that succeeds."""
    (tmp_path / "flaky.py").write_text("import os\nx = 1\nif not os.path.exists('ok'): 1 / 0\n")
    again = "open('ok', 'w').close()\nimport flaky"
    found = run(hear("flaky"), "import flaky", again)
    assert found.errors == [None, "ZeroDivisionError: division by zero", None]
    assert found.printed == ["", "", "heard 1\n"]


def test_a_failing_callback_is_a_note(run: Run, tmp_path: Path) -> None:
    """The student's import succeeds all the same."""
    (tmp_path / "fine.py").write_text("x = 1\n")
    found = run(hear("fine", "1 / 0"), "import fine\nprint(fine.x)")
    assert found.errors == [None, None]
    assert found.printed[1] == "1\n"
    assert found.noted("could not prepare fine", "ZeroDivisionError") == [1]
