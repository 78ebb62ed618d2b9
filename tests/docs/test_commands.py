"""Every command in the docs can be typed, and what can be run is run."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from grader.assignment.model import CHECKS, CONFIG, REFERENCE
from grader.cli import grade, grader
from grader.extras import belonging, installing
from tests import tiny_release
from tests.docs.pages import Block, every_block, mentioned, pages, simple
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

# What the docs have people type besides, none of it this project's.
OTHERS = {"source", "jupyter", "eval", "cat", "set", "cd", "export", "sbatch", "kubectl"}


def parsed(words: list[str], *, part: bool = False) -> None:
    """Have a command parsed as it is when it is called; a `part` may lack arguments."""
    command: click.Command = grade if words[0] == "grade" else grader
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, f"there is no `{' '.join(words)}`"
        command, rest = found, rest[1:]
    try:
        command.make_context(words[0], list(rest))
    except click.exceptions.Exit:
        # It has been answered already, as `--version` is.
        return
    except (click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        assert part, words


def understood(words: list[str]) -> None:
    """Have any command looked through, as far as it is this project's."""
    match [Path(words[0]).name, *words[1:]]:
        case ["grade" | "grader" as name, *rest]:
            parsed([name, *rest])
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        case ["pip", "install", *rest] | [_, "-m", "pip", "install", *rest]:
            assert_named(rest)
        case [_, "-m", "venv", _]:
            pass
        case [name, *_]:
            assert name in OTHERS, words


def test_every_command_has_a_row() -> None:
    """Whoever looks for one finds it on the page of commands, those of each reader together."""
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    names = grader.list_commands(click.Context(grader))
    assert names
    assert [each for each in names if not re.search(rf"`grader {each}[ `]", page)] == []


def assert_named(arguments: list[str]) -> None:
    """Hold that nothing is installed by a name of ours that somebody else could register."""
    assert not [each for each in arguments if re.match(r"notebook[-_]grader(?!\S*\.whl)", each)]


@pytest.mark.parametrize("block", every_block("console", "bash"), ids=str)
def test_every_command_is_one(block: Block) -> None:
    """Its options are there and its arguments well formed, whatever else a machine needs for it."""
    for line in block.commands:
        for words in filter(None, simple(line)):
            understood(words)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_mentioned_is_one(page: Path) -> None:
    """In sentences and tables too, where some are parts of one."""
    for command in mentioned(page):
        match next(simple(command)):
            case ["pip", *_] as words:
                understood(words)
            case words:
                parsed(words, part=True)


def test_the_page_on_clusters_says_how_to_get_what_it_takes() -> None:
    """The command that is shown installs the packages of the extra, and in those versions."""
    text = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    assert f"`{installing(belonging('cluster'))}`" in text


def test_the_page_on_alike_solutions_says_how_to_get_what_it_takes() -> None:
    """The command that is shown installs the packages of the extra, and in those versions."""
    text = (ROOT / "docs" / "similar.md").read_text("utf-8")
    assert f"`{installing(belonging('similar'))}`" in text


def test_a_wrong_option_is_found() -> None:
    """The tests above can fail."""
    with pytest.raises(click.NoSuchOption):
        parsed(["grade", "x.ipynb", "--quickly"])
    with pytest.raises(AssertionError):
        parsed(["grader", "verfy", "x"])
    with pytest.raises(AssertionError):
        understood(["pip", "install", "notebook-grader[notebooks]"])


MODULES = re.compile(r"`python -m ((?:benchmarks|tests)\.[\w.]+)([^`]*)`")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_program_of_the_checkout_is_there(page: Path) -> None:
    """What `python -m` names exists, and has the options that are named."""
    for name, arguments in MODULES.findall(page.read_text("utf-8")):
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        assert spec.origin is not None, name
        source = Path(spec.origin).read_text("utf-8")
        for option in re.findall(r"--[\w-]+", arguments):
            assert option.replace("--no-", "--") in source, f"{name} has no {option}"


def tiny(folder: Path) -> Path:
    """Write a tiny assignment that looks from outside like the docs' own, and return its folder."""
    reference = tiny_release.reference(folder)
    for path in reference.glob("*.py"):
        text = path.read_text("utf-8")
        for name, theirs in (("doubled", "linear"), ("halved", "relu")):
            text = text.replace(f'"{name}"', f'"{theirs}"')
        path.write_text(text, "utf-8")
    return reference


def course(folder: Path) -> None:
    """Lay out what the docs suppose: a checkout's assignments, and what was handed in."""
    for name in ("nn_from_scratch", "NAME"):
        tiny(folder / "reference" / name)
    # Both cannot be told apart by what a notebook defines.
    hidden = folder / "reference" / "NAME" / CHECKS
    hidden.write_text(hidden.read_text("utf-8").replace("doubled, halved]", "doubled]"), "utf-8")
    config = folder / "reference" / "NAME" / CONFIG
    config.write_text(config.read_text("utf-8") + 'provides = ["nobody_has_this"]\n', "utf-8")
    for name in ("submission", "nn_from_scratch"):
        notebook(folder / f"{name}.ipynb", ["import numpy as np", *SQUARED])
    (folder / "submissions").mkdir()
    notebook(folder / "submissions" / "ada.ipynb", ["import numpy as np", *RIGHT])
    notebook(folder / "submissions" / "bob.ipynb", ["import numpy as np", *SQUARED])


def run(line: str, cwd: Path) -> None:
    """Run a line in a shell, with the commands of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env={**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(cwd / "step.md")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def runnable(page: Path) -> list[str]:
    """Return the commands of a page that can be run."""
    return [
        line
        for block in every_block("console")
        if block.page == page and not block.not_run
        for line in block.commands
        if not block.text.startswith("$ make ")
    ]


# The tutorial is run by its own test, with what it shows.
RUN = sorted(
    {block.page for block in every_block("console") if block.page.parent == ROOT / "docs"}
    - {ROOT / "docs" / "tutorial.md"}
)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_a_page_can_be_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    """None of them is refused, and none fails."""
    course(tmp_path)
    for line in runnable(page):
        run(line, tmp_path)


def test_students_can_do_what_their_readme_says(tmp_path: Path) -> None:
    """In the folder that they are given, out of sight of the reference."""
    released = tiny_release.released(tmp_path / "course")
    homework = shutil.copytree(released, tmp_path / "homework")
    assert not (homework / REFERENCE).exists()
    text = (homework / "README.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("grade ")]
    assert len(lines) == 3
    for line in lines:
        run(line, homework)
    assert (homework / "page.html").is_file()
