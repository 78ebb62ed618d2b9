"""Files and folders expanded into notebooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.submissions import find
from grader.notebook.reading import NotebookError
from grader.sandbox.folders import remove
from tests.notebook.files import closed, nested


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
        nested(tmp_path, "d", 2200)
        first, deep = find([tmp_path])
        assert first.path == tmp_path / "a.ipynb"
        assert "cannot be listed" in deep.problem
        remove(tmp_path / "d")

    def test_folders_of_results_are_passed_over(self, folder: Path) -> None:
        """The grader's own notebooks of feedback are nobody's submissions."""
        (folder / "results" / ".grading").mkdir(parents=True)
        (folder / "results" / "anna.feedback.ipynb").touch()
        assert folder / "results" / "anna.feedback.ipynb" not in paths(folder)


class TestWithoutNotebooks:
    @pytest.fixture
    def course(self, tmp_path: Path) -> Iterator[Path]:
        """Return a folder with one student's notebook and another student's empty folder."""
        for name in ("anna/nn.ipynb", "mallory/"):
            path = tmp_path / "in" / name
            (path if name.endswith("/") else path.parent).mkdir(parents=True)
            if not name.endswith("/"):
                path.touch()
        yield tmp_path / "in"
        remove(tmp_path / "in")

    def told(self, course: Path) -> str:
        """Return what is said of the other folder, and of nothing else, beside the notebook."""
        notebook, other = find([course], results=course / "out")
        assert (notebook.path, notebook.problem) == (course / "anna/nn.ipynb", "")
        assert (other.path, other.folder) == (course / "mallory", course)
        return other.problem

    @pytest.mark.parametrize(
        ("name", "depth"),
        [("d", 1200), (".d", 3000), (".hidden" * 30, 60)],
        ids=["deep", "hidden", "long names"],
    )
    def test_a_folder_nested_without_end_costs_itself(
        self, course: Path, name: str, depth: int
    ) -> None:
        """Deeper than Python recurses or than paths are long: it is told, and that there is more.

        Files in the uppermost folders are named, as they are in any other folder.
        """
        nested(course / "mallory", name, depth, "x.txt")
        assert "as far as it can be looked into, it is empty" in self.told(course)
        for each in "abcd":
            (course / "mallory" / f"{each}.zip").touch()
        said = "there is a.zip, b.zip, c.zip and at least 1 more: unpack it"
        assert said in self.told(course)

    def test_a_folder_of_many_files_is_counted_as_far_as_is_looked(
        self, course: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is not counted is said to be there."""
        for number in range(9):
            (course / "mallory" / f"{number}.pdf").touch()
        assert "and 6 more: ask for the .ipynb file itself" in self.told(course)
        monkeypatch.setattr("grader.course.submissions._MOST_ENTRIES", 8)
        assert "and at least 5 more: ask for the .ipynb file itself" in self.told(course)
        monkeypatch.setattr("grader.course.submissions._MOST_ENTRIES", 3)
        assert ", and perhaps more: ask for the .ipynb file itself" in self.told(course)

    @pytest.mark.parametrize("rights", [0, 0o644])
    def test_a_folder_that_cannot_be_looked_into_costs_itself(
        self, course: Path, monkeypatch: pytest.MonkeyPatch, rights: int
    ) -> None:
        """Its files are named as far as their names can be read, and other files beside it."""
        hidden = course / "mallory" / ".work"
        hidden.mkdir()
        (hidden / "x.txt").touch()
        # From within, since the folders above may be closed to others than root.
        monkeypatch.chdir(course)
        course.chmod(0o755)
        with closed(Path("mallory/.work"), rights):
            said = self.told(Path())
        assert ("there is x.txt" if rights else "it is empty: ask for the file") in said
        with closed(Path("mallory"), rights):
            assert "cannot be listed" in self.told(Path())

    def test_folders_of_results_are_nobody_s(
        self, course: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However many reports there are beside what the instructor keeps."""
        monkeypatch.setattr("grader.course.submissions._MOST_ENTRIES", 5)
        former = course / "mallory" / "former"
        (former / ".grading").mkdir(parents=True)
        for number in range(9):
            (former / f"{number}.html").touch()
        assert [each.path for each in find([course], course / "out")] == [course / "anna/nn.ipynb"]

    def test_links_in_it_are_not_followed(self, course: Path, tmp_path: Path) -> None:
        """Neither out of it nor in circles."""
        (tmp_path / "secret.pdf").touch()
        (course / "mallory" / "out").symlink_to(tmp_path)
        (course / "mallory" / "round").symlink_to(".")
        (course / "mallory" / "file.pdf").symlink_to(tmp_path / "secret.pdf")
        assert "it is empty" in self.told(course)
