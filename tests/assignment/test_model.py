"""What loading an assignment promises: every mistake in it is told to the instructor, by file."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE, Assignment, exercises_named
from grader.errors import AssignmentError
from tests.grading import nn_from_scratch

TITLE = 'title = "Doubling"\n'
GOOD = '''
from grader.assignment.model import Exercise, any_of

first = Exercise("first", "The first", points=3, names=("double", "Layer"))


@first.check(points=1)
def one(student) -> None:
    """`double` doubles.

    More, which no student reads.
    """


@first.check(points=2, needs=one)
def two() -> None:
    """A sentence over
    two lines."""


second = Exercise("second", "The second", points=0.5, names=("network",))


@second.check(points=0.5)
def whole(submission) -> None:
    """The notebook as a whole."""


exercises = [first, second]
'''


def assignment(folder: Path, checks: str = GOOD, config: str = TITLE) -> Path:
    """Write an assignment and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(config, "utf-8")
    (folder / REFERENCE).write_text("{}", "utf-8")
    (folder / CHECKS).write_text(checks, "utf-8")
    return folder


def refusal(folder: Path) -> str:
    """Return what loading says, without the path before the folder itself."""
    with pytest.raises(AssignmentError) as caught:
        load(folder)
    assert caught.value.exit_status == 2
    return str(caught.value).replace(str(folder.parent) + "/", "")


def test_an_assignment_is_what_its_folder_says(tmp_path: Path) -> None:
    """Name, settings, exercises and checks are those that the files declare."""
    config = TITLE + 'seed = 3\nprovides = ["loader"]\n[limits]\ncell_seconds = 5\n'
    loaded = load(assignment(tmp_path / "doubling", config=config))
    assert loaded.name == "doubling"
    assert loaded.reference == tmp_path / "doubling" / REFERENCE
    assert (loaded.config.title, loaded.config.version, loaded.config.seed) == ("Doubling", "1", 3)
    assert loaded.config.limits.cell_seconds == 5
    assert loaded.names == {"double", "Layer", "network", "loader"}
    first, second = loaded.exercises
    assert [check.title for check in first.checks] == [
        "`double` doubles.",
        "A sentence over two lines.",
    ]
    assert [check.points for check in first.checks] == [1, 2]
    assert (first.whole, second.whole) == (False, True)
    assert first.takes("student")
    assert not first.takes("reference")


def test_the_first_assignment_is_sound() -> None:
    """It loads, and its points are those that it announces."""
    points = {exercise.id: exercise.points for exercise in nn_from_scratch().exercises}
    assert points == {"linear": 40, "relu": 20, "training": 20, "curves": 10, "predictions": 10}


def test_checks_may_import_their_neighbours(tmp_path: Path) -> None:
    """Two assignments with files of the same names do not meet."""
    for name in ("one", "two"):
        folder = assignment(tmp_path / name, "from .helper import exercises\n")
        source = GOOD.replace('"first"', f'"{name}"')
        (folder / "helper.py").write_text(source, "utf-8")
    assert [load(tmp_path / name).exercises[0].id for name in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (CONFIG, "doubling/assignment.toml cannot be read: No such file or directory."),
        (REFERENCE, "doubling has no solution.ipynb: an assignment needs its reference."),
        (CHECKS, "doubling/checks.py does not exist: an assignment declares its checks there."),
    ],
)
def test_a_missing_file_is_named(tmp_path: Path, missing: str, message: str) -> None:
    """Each of the three files is needed."""
    folder = assignment(tmp_path / "doubling")
    (folder / missing).unlink()
    assert refusal(folder) == message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("title = ", "doubling/assignment.toml is no TOML: Invalid value"),
        ("title = 'a'\ntitle = 'b'", "doubling/assignment.toml is no TOML: Cannot overwrite"),
        ("", "doubling/assignment.toml: `title`: it is missing."),
        ("title = 3", "doubling/assignment.toml: `title`: 3 is no text."),
        (
            TITLE + "colour = 1",
            "doubling/assignment.toml: `colour`: there is no such setting above all [tables]; ",
        ),
        (TITLE + "seed = 'x'", "doubling/assignment.toml: `seed`: 'x' is no whole number."),
        (
            TITLE + '[limits]\ninstall = "git+https://example.org"',
            "doubling/assignment.toml: `limits.install`: there is no such setting below [limits]; ",
        ),
        (
            TITLE + "[limits]\ncell_seconds = 0",
            "doubling/assignment.toml: `limits.cell_seconds`: 0.0 is not more than 0.",
        ),
        (
            TITLE + "looks = [1, 'x']",
            "doubling/assignment.toml: `looks.1`: 'x' is no whole number.",
        ),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, config: str, message: str) -> None:
    """The file, the key and what is wrong with it are told."""
    assert refusal(assignment(tmp_path / "doubling", config=config)).startswith(message)


def test_settings_in_another_encoding_are_refused(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    folder = assignment(tmp_path / "doubling")
    (folder / CONFIG).write_bytes("title = 'Übung'".encode("latin-1"))
    assert refusal(folder).startswith("doubling/assignment.toml is no TOML: 'utf-8' codec")


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ("1 / 0", "doubling/checks.py cannot be imported: ZeroDivisionError: division by zero."),
        ("def", "doubling/checks.py cannot be imported: SyntaxError: invalid syntax"),
        ("import no_such_module", "doubling/checks.py cannot be imported: ModuleNotFoundError: "),
        ("from . import gone", "doubling/checks.py cannot be imported: ImportError: "),
        ("raise SystemExit(3)", "doubling/checks.py cannot be imported: SystemExit: 3."),
        ("x = 1", "doubling/checks.py must hold its exercises in a list `exercises`."),
        ("exercises = 3", "doubling/checks.py must hold its exercises in a list `exercises`."),
        ("exercises = [3]", "doubling/checks.py must hold its exercises in a list `exercises`."),
        ("exercises = []", "doubling/checks.py must hold its exercises in a list `exercises`."),
        (
            GOOD.replace("points=3", "points=4"),
            "doubling/checks.py: the exercise `first` is worth 4 points, but its checks add up to "
            "3. Make the two agree.",
        ),
        (
            GOOD.replace('"second"', '"first"'),
            "doubling/checks.py has two exercises `first`: give each an id of its own.",
        ),
    ],
)
def test_checks_that_cannot_be_used_are_named(tmp_path: Path, checks: str, message: str) -> None:
    """The file and what is wrong with it are told, in one sentence."""
    assert refusal(assignment(tmp_path / "doubling", checks)).startswith(message)


def test_a_mistake_in_a_declaration_reaches_the_instructor_as_it_is(tmp_path: Path) -> None:
    """A declaration's own sentence is not wrapped into another."""
    folder = assignment(tmp_path / "doubling", GOOD.replace("def two() ", "def two(pupil) "))
    assert refusal(folder) == (
        "The check `two` of the exercise `first` has parameters that nothing is known to fill: "
        "pupil. A check may take case, reference, student, submission."
    )


@pytest.mark.parametrize(
    ("only", "ids"),
    [
        ((), ["first", "second"]),
        (["second"], ["second"]),
        (["second", "first"], ["first", "second"]),
        (["first", "first"], ["first"]),
    ],
)
def test_exercises_are_chosen_by_their_ids(
    tmp_path: Path, only: Sequence[str], ids: list[str]
) -> None:
    """In their own order, all where none is named."""
    loaded: Assignment = load(assignment(tmp_path / "doubling"))
    assert [exercise.id for exercise in exercises_named(loaded, only)] == ids


def test_an_unknown_exercise_is_refused(tmp_path: Path) -> None:
    """The message names what there is."""
    loaded = load(assignment(tmp_path / "doubling"))
    with pytest.raises(AssignmentError) as caught:
        exercises_named(loaded, ["third", "first", "fourth"])
    message = "doubling has no exercise 'third', 'fourth'; it has first, second."
    assert str(caught.value) == message
