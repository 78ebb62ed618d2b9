"""Shell commands: those that install or download are left out, all others run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.agent.shims import commands
from tests.agent.processes import Run

FAKES = [
    *("pip", "pip3", "python", "conda", "mamba", "apt", "apt-get", "wget", "curl", "git"),
    *("gdown", "unzip", "tar", "nvidia-smi", "sudo"),
]


@pytest.fixture
def fakes(tmp_path: Path) -> str:
    """Put programs that only leave a trace on the path; return the cell that does so."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in FAKES:
        (folder / name).write_text(f"#!/bin/sh\necho $0 >> {tmp_path}/ran\n")
        (folder / name).chmod(0o755)
    return f"import os; os.environ['PATH'] = {str(folder)!r} + ':' + os.environ['PATH']"


UNAVAILABLE = [
    "pip install -q torchmetrics",
    "pip3 install --upgrade numpy",
    "python -m pip install pandas",
    "{sys.executable} -m pip install pandas",
    "conda install -y numpy",
    "mamba install numpy",
    "apt install graphviz",
    "sudo apt-get -qq install graphviz",
    "wget https://example.org/data.zip",
    "curl -O https://example.org/data.zip",
    "git clone https://example.org/a.git",
    "gdown 1a2b3c",
    "unzip -q data.zip",
    "tar xzf data.tar.gz",
    "nvidia-smi",
    "wget -q https://example.org/data.zip && unzip data.zip && git log",
    "for f in a b; do wget https://example.org/$f; done",
    "wget https://example.org/a &",
]


@pytest.mark.parametrize("form", ["!{}", "x = !{}", "!!{}", "%sx {}"])
def test_unavailable_commands_are_not_run(run: Run, fakes: str, tmp_path: Path, form: str) -> None:
    """What installs or downloads is left out in every way of writing it, and noted once."""
    cells = [f"import sys\n{form.format(command)}\nprint('after')" for command in UNAVAILABLE]
    found = run(fakes, *cells, *cells)
    assert found.errors == [None] * len(found.errors)
    assert found.printed[1:] == ["after\n"] * (2 * len(cells))
    assert not (tmp_path / "ran").exists()
    assert found.noted("was not run")[-1] == len(cells)


@pytest.mark.parametrize("shell", ["bash", "sh", "script bash"])
def test_scripts_are_run_without_what_is_unavailable(
    run: Run, fakes: str, tmp_path: Path, shell: str
) -> None:
    """A cell of shell runs, apart from its lines that install or download."""
    script = "pip install a\necho one\nwget b && echo two\necho three > f"
    found = run(fakes, f"%%{shell}\n{script}", f"%%{shell}\npip install a")
    assert found.errors == [None] * 3
    assert found.printed[1:] == ["one\n", ""]
    assert (tmp_path / "f").read_text() == "three\n"
    assert not (tmp_path / "ran").exists()
    assert found.noted("pip install a") == found.noted("wget b") == [1]


def test_package_manager_magics_are_not_run(run: Run, fakes: str, tmp_path: Path) -> None:
    """`%pip` and its kin are noted and do nothing, and so is `pip` as a cell of its own."""
    found = run(fakes, "%pip install a\n%conda install b\nprint(1)", "pip install c")
    assert found.errors == [None] * 3
    assert found.printed[1:] == ["1\n", ""]
    assert [cell for cell, _ in found.notes] == [1, 1, 2]
    assert not (tmp_path / "ran").exists()


def test_output_of_an_unavailable_command_is_empty(run: Run) -> None:
    """`x = !wget ...` gives the list that IPython gives, without lines; the exit code is 0."""
    found = run(
        "x = !pip list\nprint(x == [], repr(x.n), type(x).__name__, len(x.grep('a')))",
        "!pip list\nprint(_exit_code)",
    )
    assert found.printed == ["True '' SList 0\n", "0\n"]


def test_other_commands_are_run(run: Run) -> None:
    """An ordinary command runs, with the variables of the place it is written at."""
    found = run(
        "!echo one; exit 3\nprint(_exit_code)",
        "a = 'two'\n!echo {a} $a $$HOME | head -c 8",
        """
        def f(local):
            !echo $local
            x = !echo {local} b
            return x
        print(f('three'))
        """,
        "!!echo four",
        """
        !mkdir -p d && wget https://example.org/x && echo no
        import os; print(os.path.isdir('d'))
        """,
    )
    assert found.errors == [None] * 5
    assert found.printed[0].split() == ["one", "3"]
    assert found.printed[1] == "two two "
    assert found.printed[2].split() == ["three", "['three", "b']"]
    assert "four" in found.printed[3]
    assert found.printed[4] == "True\n"


def test_a_command_needs_no_terminal(run: Run) -> None:
    """A confined notebook has none to give; the command prints through a pipe, as it goes on."""
    found = run(
        """
        import os
        os.openpty = None
        !test -t 1 || echo "no terminal, ünd"
        !printf 'a\\377b'; echo problem >&2; exit 3
        print(_exit_code)
        !mkdir data && echo here > data/file
        print(os.listdir('data'))
        !cat
        """
    )
    assert found.errors == [None]
    assert found.printed == ["no terminal, ünd\na\ufffdbproblem\n3\n['file']\n"]


def test_a_command_that_cannot_start_is_a_note(run: Run) -> None:
    """Where processes are rationed, a listing costs no other line of its cell."""
    found = run(
        """
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        !echo a
        x = !echo b
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        print('after', x)
        """
    )
    assert found.errors == [None]
    assert found.printed == ["after []\n"]
    assert found.noted("echo a", "could not be started") == [0]


GOOD = ["echo a", "ls -la", "mkdir -p 'a; b'", 'echo "pip install"', "cat f | head", "git log 2>&1"]
BAD = ["pip install a", "wget 'a; b'", "yes | conda install a", "sudo apt-get install a"]


@given(st.lists(st.sampled_from(GOOD + BAD), max_size=8), st.sampled_from(["; ", "\n"]))
def test_commands_are_judged_one_by_one(parts: list[str], separator: str) -> None:
    """Of a sequence of commands exactly the unavailable ones are left out."""
    allowed = commands.allowed(separator.join(parts))
    assert allowed == separator.join(part for part in parts if part in GOOD)


@given(st.lists(st.sampled_from(GOOD + BAD), min_size=1, max_size=8))
def test_what_follows_an_unavailable_command_is_left_out(parts: list[str]) -> None:
    """A chain of `&&` ends where the first of its commands cannot work."""
    first = next((i for i, part in enumerate(parts) if part in BAD), len(parts))
    assert commands.allowed(" && ".join(parts)) == " && ".join(parts[:first])


@given(st.text(alphabet="ab'\"\\;|(){}$`<>#\n -", max_size=30))
def test_judging_a_command_never_fails(text: str) -> None:
    """A line that names no unavailable program is left as it is, however odd its quoting."""
    assert commands.allowed(text) == text
