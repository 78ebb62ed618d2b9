"""Files and folders expanded into notebooks."""

from pathlib import Path

import pytest

from grader.notebook import NotebookError, find
from tests.notebook.files import closed


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
        assert find([folder]) == [folder / name for name in names]

    def test_named_files_are_kept(self, folder: Path) -> None:
        """What is named stays in the given order whatever it is; nothing comes twice."""
        named = [folder / "b/notes.txt", folder / "b/anna.ipynb", folder / "missing.pdf"]
        again = [*named, folder / "b", folder / ".git"]
        assert find(again) == [*named, folder / "b/Z.IPYNB", folder / ".git/x.ipynb"]
        assert find([]) == []

    def test_names_that_cannot_be_looked_up(self, tmp_path: Path) -> None:
        """An impossible name is left for `read` to refuse."""
        assert find([tmp_path / ("x" * 300)]) == [tmp_path / ("x" * 300)]

    def test_folders_without_notebooks(self, folder: Path) -> None:
        """A folder that gives nothing is an error, even beside one that gives something."""
        with pytest.raises(NotebookError, match="without a notebook") as caught:
            find([folder / "b", folder / "empty"])
        assert caught.value.path == folder / "empty"

    def test_folders_that_cannot_be_listed(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A closed folder is told, lest the students in it are forgotten."""
        # From within, since the folders above may be closed to others than root.
        monkeypatch.chdir(folder)
        folder.chmod(0o755)
        with closed(Path("b")), pytest.raises(NotebookError, match="cannot be listed") as caught:
            find([Path()])
        assert caught.value.path == Path("b")
