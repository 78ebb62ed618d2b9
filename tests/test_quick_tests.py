"""Which tests a change touches, and which of them begin first."""

from pathlib import Path

import pytest

from tests import quick, times
from tests.notebooks import ROOT


def test_the_nearest_come_first() -> None:
    """Of a module: the tests called as it is, those that import it, those of its package."""
    found = list(dict.fromkeys(quick.near("grader/course/store.py")))
    assert found[0] == "tests/course/test_store.py"
    assert found.index("tests/course/test_batch.py") < found.index(
        "tests/course/workers/test_pool.py"
    )
    assert "tests/verify/test_tables.py" not in found


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("tests/judging/test_pairs.py", "tests/judging/test_pairs.py"),
        ("tests/verify/assignments.py", "tests/verify/test_verify.py"),
        ("grader/authoring/verify/trials.py", "tests/verify/test_trials.py"),
        ("grader/agent/wire/reading.py", "tests/agent/test_wire_strict.py"),
        ("reference/tables/checks.py", "tests/verify/test_tables.py"),
        ("docs/authors.md", "tests/docs/test_links.py"),
        ("pyproject.toml", "tests/docs/test_commands.py"),
    ],
)
def test_what_a_change_is_near_to(path: str, touched: str) -> None:
    """Modules, what tests share, assignments, texts and settings lead to the tests of them."""
    assert touched in set(quick.near(path))


def test_every_place_on_the_map_is_there() -> None:
    """The map leads nowhere in vain."""
    for begin, about in quick.OTHERS.items():
        assert (ROOT / begin).exists(), begin
        assert (ROOT / about).exists(), about


def test_half_a_minute_is_not_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longer is left out and told of, whether a whole file or one test of it."""
    long = "tests/course/test_store.py::test_long"
    shared = {"tests/course/test_batch.py": 100.0, long: 29.9, f"{long}er": 3.0}
    monkeypatch.setattr(times, "known", lambda: shared)
    # However many tests there are by now, they leave room for one of three seconds.
    monkeypatch.setattr(times, "USUAL", 0.01)
    found = quick.chosen(["grader/course/store.py"])
    assert found.seconds <= quick.SECONDS
    assert "tests/course/test_store.py" in found.files
    assert found.skipped[0] == "tests/course/test_batch.py"
    assert found.left_out == [long]
    assert found.arguments[-2:] == ["--deselect", long]


def test_what_cannot_be_divided_begins_by_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group is as long as all of its tests, a file as the longest of its own."""
    known = {"a.py::one": 5.0, "a.py::two": 5.0, "b.py": 2.0, "b.py::one": 7.0, "c.py::two": 1.0}
    monkeypatch.setattr(times, "known", lambda: known)
    tests = [
        *(("a.py::one", None), ("a.py::two", None)),
        *(("c.py::one", None), ("c.py::two", None)),
        *(("b.py::one", "group"), ("d.py::one", "group")),
    ]
    assert times.longest_first(tests) == [4, 5, 0, 1, 2, 3]


def test_times_are_written_of_what_takes_a_while() -> None:
    """What a run did not come to keeps its time; what is quick is not listed."""
    former = {"a.py::slow": 9.0, "a.py::mended": 8.0}
    told = times.measured({"a.py::mended": 0.2, "b.py": 4.04}, former)
    assert told == '{\n "a.py::slow": 9.0,\n "b.py": 4.0\n}\n'


def test_the_times_are_of_tests_that_there_are() -> None:
    """A file that was renamed takes its times along."""
    files = {test.partition("::")[0] for test in times.known()}
    assert sorted(each for each in files if not (ROOT / each).is_file()) == []


def test_what_is_changed_is_told_from_git(tmp_path: Path) -> None:
    """Paths are as they stand in the checkout, from its top."""
    for path in quick.changed():
        assert not Path(path).is_absolute()
