"""Results that get other names keep all that belongs to them, whenever the call is ended."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.course.manual_points import keep_points, kept_points
from grader.course.rejudging import rejudge_folder
from grader.course.settling import Renamed, modernise, rename
from grader.course.store import Record, Store
from grader.results.by_hand import Given
from grader.results.identity import file_stem
from tests.drawn_results import check, result

RESULT = result(check())

# By the names that submissions have, those that they get.
ALL = {
    "a folder above": {"a": "s/a", "b": "s/b"},
    "an exchange": {"a": "b", "b": "a"},
    "one after the other": {"a": "b", "b": "c"},
}


class EndedError(BaseException):
    """Stands for a signal that ends the call."""


def kept(folder: Path, names: Mapping[str, str]) -> Store:
    """Return a folder of results with records, answers, a page and points by hand."""
    store = Store(folder)
    store.open()
    for name in names:
        record = Record(key="k", result=RESULT, how={}, name=name, source=f"/f/{name}")
        store.put(record, f"answers of {name}".encode())
        (folder / f"{file_stem(name)}.html").write_text(f"page of {name}", "utf-8")
    keep_points(
        store.folder,
        {name: (Given(sha256=name, exercise="e", check="c", points=1),) for name in names},
    )
    return store


def belongings(store: Store, name: str) -> tuple[str, ...]:
    """Return whose record, answers, page and points stand under a name."""
    record, stem = store.record(name), file_stem(name)
    return (
        record.source if record is not None and record.name == name else "",
        store.recording(stem).read_text("utf-8"),
        (store.results / f"{stem}.html").read_text("utf-8"),
        *(given.sha256 for given in kept_points(store.folder).get(name, ())),
    )


@pytest.mark.parametrize("names", ALL.values(), ids=ALL)
@pytest.mark.parametrize("steps", range(0, 16, 3))
def test_a_call_that_is_ended_while_it_renames_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Mapping[str, str], steps: int
) -> None:
    """No answers, pages or points are lost, nor those of one student given to another."""
    store = kept(tmp_path, names)
    left, replace = [steps], Path.replace

    def ending(path: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise EndedError
        return replace(path, target)

    records = {stem: record for stem, record in store.records() if record is not None}
    moving = [Renamed(stem, record, names[record.name]) for stem, record in records.items()]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", ending)
        with pytest.raises(EndedError):
            rename(store, moving)
    modernise(store)
    if steps:
        for name, new in names.items():
            mine = (f"/f/{name}", f"answers of {name}", f"page of {name}", name)
            assert belongings(store, new) == mine
    assert not [path for path in tmp_path.rglob("*") if "moving" in path.name]


@pytest.mark.parametrize("asked", ["dry run", "what waits"])
def test_who_only_looks_is_told_of_a_renaming_that_was_not_finished(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
) -> None:
    """A call that writes nothing there leaves it to the next, and says that names are mixed."""
    store = kept(tmp_path / "out", {"a": "b"})
    ((stem, record),) = [each for each in store.records() if each[1] is not None]
    assert record is not None
    waits = tmp_path / "waits.csv"
    look: dict[str, Any] = {"dry_run": True} if asked == "dry run" else {"waiting": waits}
    rejudge_folder(store.results, jobs=1, **look)
    assert "was giving" not in capsys.readouterr().out

    def ended(_path: Path, _target: Path) -> Path:
        raise EndedError

    with monkeypatch.context() as patched:
        # Writing itself goes by other means.
        patched.setattr("grader.course.settling.keep_points", ended)
        with pytest.raises(EndedError):
            rename(store, [Renamed(stem, record, "b")])
    rejudge_folder(store.results, jobs=1, **look)
    assert "was giving" in capsys.readouterr().out
    modernise(store)
    rejudge_folder(store.results, jobs=1, **look)
    assert "was giving" not in capsys.readouterr().out


def test_the_next_call_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    """Both beside the results and beside the records."""
    store = kept(tmp_path, {"a": "b"})
    left = [folder / ".0123456789abcdef.tmp" for folder in (store.folder, store.results)]
    for each in left:
        each.write_text("half", "utf-8")
        os.utime(each, (0, 0))
    with store.alone():
        assert not any(each.exists() for each in left)
