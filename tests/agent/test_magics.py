"""Magics: those that work here work as ever, the others cost no line of their cell."""

from pathlib import Path

from tests.agent.processes import Run


def test_cd_stays_below_the_working_folder(run: Run, tmp_path: Path) -> None:
    """`%cd` goes to folders that exist below the notebook's, and relative paths keep working."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    where = f"import os; print(os.path.relpath(os.getcwd(), {str(tmp_path)!r}))"
    steps = {
        "%cd data": "data",
        "%cd -q raw": "data/raw",
        "%cd ..": "data",
        "%cd ../": ".",
        "%cd ../..": ".",
        "%cd /content/drive/MyDrive": ".",
        "%cd no_such": ".",
        "%cd 'data'": "data",
        "%cd -": ".",
        "%cd ~": ".",
    }
    found = run(*(f"{line}\n{where}" for line in steps), "cd data", where, f"%cd\n{where}")
    assert found.errors == [None] * len(found.errors)
    places = [text.splitlines()[-1] for text in found.printed]
    assert places[: len(steps)] == list(steps.values())
    assert places[-2:] == ["data", "."]
    assert found.printed[1] == "data/raw\n"
    assert [cell for cell, _ in found.notes] == [4, 5, 6, 9]


def test_line_magics_that_do_not_work_are_notes(run: Run) -> None:
    """A line magic that is not here, or is not used right, costs no other line of its cell."""
    lines = [
        *("%tensorflow_version 2.x", "%tensorboard --logdir logs", "%autoreload 2", "%%time"),
        *("%load_ext no_such_extension", "%reload_ext no_such", "%env NO_SUCH_VARIABLE"),
    ]
    found = run(*(f"a = 1\n{line}\nprint('after')" for line in lines))
    assert found.errors == [None] * len(lines)
    assert found.printed == ["after\n"] * len(lines)
    assert [cell for cell, _ in found.notes] == list(range(len(lines)))


def test_known_magics_work(run: Run, tmp_path: Path) -> None:
    """What IPython has works as ever, inside functions too."""
    found = run(
        "%load_ext autoreload\n%autoreload 2",
        """
        def f(local):
            %time print(local)
            x = %timeit -o -q -n1 -r1 local
            return x
        f(7)
        """,
        "%%time\nprint('timed')",
        "%%capture caught\nprint('caught')",
        "print(caught.stdout)",
        "%%writefile f.txt\ntext",
        "%%capture\n%no_such\nkept = 1",
        "print(kept)",
    )
    assert found.errors == [None] * 8
    assert found.printed[1].startswith("7\n")
    assert found.printed[2].startswith("timed\n")
    assert found.printed[4] == "caught\n\n"
    assert (tmp_path / "f.txt").read_text() == "text\n"
    assert found.printed[7] == "1\n"
    assert [cell for cell, _ in found.notes] == [6]


def test_unknown_cell_magic_runs_a_python_body(run: Run) -> None:
    """Below an unknown cell magic Python runs as in a plain cell, with its own line numbers."""
    found = run(
        """
        %%no_such --option
        def f():
            pass
        import inspect
        print(inspect.getsource(f))
        !echo sub
        1 / 0
        """,
        "%%no_such\nx = 5\nimport sys\nprint(sys._getframe().f_lineno)\nx",
    )
    assert found.printed[0].split() == ["def", "f():", "pass", "sub"]
    assert found.errors == ["ZeroDivisionError: division by zero", None]
    assert found.printed[1] == "4\nOut[0]: 5\n"
    assert [cell for cell, _ in found.notes] == [0, 1]


def test_unknown_cell_magic_drops_another_language(run: Run) -> None:
    """The body of an unknown cell magic that is not Python is a note and no error."""
    found = run("%%R\nx <- c(1, 2); if (TRUE) { y }", "%%cython\ncdef int x = 1")
    assert found.errors == [None, None]
    assert [cell for cell, _ in found.notes] == [0, 1]


def test_line_magic_with_two_signs_runs_with_the_rest(run: Run, tmp_path: Path) -> None:
    """`%%cd data` above Python does what was meant."""
    (tmp_path / "data").mkdir()
    found = run("%%cd data\nimport os; print(os.path.basename(os.getcwd()))")
    assert found.errors == [None]
    assert found.printed[0].endswith("\ndata\n")
