"""Files and folders expanded into notebooks."""

import os
from pathlib import Path

import pytest

from grader.course.submissions import find
from grader.notebook.reading import NotebookError
from grader.sandbox.folders import remove
from tests.notebook.files import closed


def paths(*named: Path) -> list[Path]:
    """Return the paths of what is found."""
    return [each.path for each in find(named)]


class TestFind:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return a course folder with notebooks among other things."""
        for name in (
            "b/anna.ipynb",
            "a.ipynb",
            "b/Z.IPYNB",
            "b/notes.txt",
            "b/._anna.ipynb",
            "b/.ipynb_checkpoints/anna-checkpoint.ipynb",
            ".git/x.ipynb",
            "__MACOSX/b/anna.ipynb",
            "c.ipynb/inner.ipynb",
            "empty/readme.md",
        ):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    def test_folders(self, folder: Path) -> None:
        """A folder gives its notebooks, sorted, at any depth, without hidden ones."""
        names = ["a.ipynb", "b/Z.IPYNB", "b/anna.ipynb", "c.ipynb/inner.ipynb"]
        assert paths(folder) == [folder / name for name in names]

    def test_the_notebook_as_it_was_handed_out_is_nobody_s(self, tmp_path: Path) -> None:
        """Who hands in the released folder whole, or a clone of it, hands in one notebook."""
        released = tmp_path / "anna" / "homework"
        mine, theirs = released / "homework.ipynb", released / "public" / "handed_out.ipynb"
        other = tmp_path / "bert" / "public" / "handed_out.ipynb"
        for path in (mine, theirs, other, released / "assignment.toml"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        assert paths(tmp_path) == [mine, other]
        assert paths(theirs) == [theirs]

    def test_named_files_are_kept(self, folder: Path) -> None:
        """What is named stays in the given order whatever it is; nothing comes twice."""
        named = [folder / "b/notes.txt", folder / "b/anna.ipynb", folder / "missing.pdf"]
        again = [*named, folder / "b", folder / ".git"]
        assert paths(*again) == [*named, folder / "b/Z.IPYNB", folder / ".git/x.ipynb"]
        assert find([]) == []

    def test_names_that_cannot_be_looked_up(self, tmp_path: Path) -> None:
        """An impossible name is left for `read` to refuse."""
        assert paths(tmp_path / ("x" * 300)) == [tmp_path / ("x" * 300)]

    def test_folders_without_notebooks(self, folder: Path) -> None:
        """A folder that gives nothing is an error, even beside one that gives something."""
        with pytest.raises(NotebookError, match="without a notebook") as caught:
            find([folder / "b", folder / "empty"])
        assert caught.value.path == folder / "empty"

    def test_folders_that_cannot_be_listed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A closed folder is told, lest the students in it are forgotten, and costs no other."""
        # From within, since the folders above may be closed to others than root.
        monkeypatch.chdir(folder)
        folder.chmod(0o755)
        with closed(Path("b")):
            found = {each.path: each for each in find([Path()])}
            with pytest.raises(NotebookError, match="cannot be listed"):
                find([Path("b")])
        assert set(found) == {Path("a.ipynb"), Path("b"), Path("c.ipynb/inner.ipynb")}
        with pytest.raises(NotebookError, match="cannot be listed") as caught:
            found[Path("b")].read()
        assert caught.value.path == Path("b")

    def test_a_tree_deeper_than_paths_are_long_costs_itself(self, tmp_path: Path) -> None:
        """What lies too deep to be named is told, and the other notebooks are found."""
        (tmp_path / "a.ipynb").touch()
        folder = os.open(tmp_path, os.O_RDONLY)
        for _ in range(2200):
            os.mkdir("d", dir_fd=folder)
            inner = os.open("d", os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder = inner
        os.close(folder)
        first, deep = find([tmp_path])
        assert first.path == tmp_path / "a.ipynb"
        assert "cannot be listed" in deep.problem
        remove(tmp_path / "d")

    def test_folders_of_results_are_passed_over(self, folder: Path) -> None:
        """The grader's own notebooks of feedback are nobody's submissions."""
        (folder / "results" / ".grading").mkdir(parents=True)
        (folder / "results" / "anna.feedback.ipynb").touch()
        assert folder / "results" / "anna.feedback.ipynb" not in paths(folder)
