"""Names of submissions: readable in the usual cases, and never one for two files."""

import os
import unicodedata
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.reports.csv_file import cell
from grader.reports.formats import COURSE_FORMATS, FORMATS
from grader.results.identity import file_stem, name_of, shared_folder
from grader.text import one_line

ROOT = Path("handed-in")
# What file names are made of when somebody wants two to look alike.
ODD = ("a", "A", ".", "-", "~", "=", "'", " ", "\x07", "\u202e", "\udcff", "é", "e\u0301", "İ", "ſ")
PART = st.lists(
    st.sampled_from((*ODD, "s", "ß", "K", "\u212a", "1", "_", ":", "\\", ".gradescope", "index")),
    min_size=1,
    max_size=5,
).map("".join)
FILES = st.tuples(
    st.lists(PART, max_size=2), PART, st.sampled_from([".ipynb", ".IPYNB", "", ".json", ".a.ipynb"])
)
SUFFIXES = [form.suffix for form in FORMATS.values()]
COURSE = {form.file for form in COURSE_FORMATS.values()} | {"grades.csv"}


def path(file: tuple[list[str], str, str]) -> Path | None:
    """Return the path of a drawn file, None where no file can have it."""
    parts, stem, suffix = file
    whole = [*parts, stem + suffix]
    return None if {".", ".."} & set(whole) else ROOT.joinpath(*whole)


def folded(name: str) -> str:
    """Return what a file system makes of a name that takes capitals for small letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


@pytest.mark.parametrize(
    ("below", "name", "stem"),
    [
        ("nn.ipynb", "nn", "nn"),
        ("anna/nn.ipynb", "anna/nn", "anna--nn"),
        ("smith_12_nn from scratch-2.ipynb", *["smith_12_nn from scratch-2"] * 2),
        ("Smith, J/NN.ipynb", "Smith, J/NN", "Smith, J--NN~681"),
        ("анна/решение.ipynb", "анна/решение", "анна--решение"),
        ("hw1.2.ipynb", "hw1.2", "hw1.2"),
    ],
)
def test_a_usual_path_keeps_its_words(below: str, name: str, stem: str) -> None:
    """The folder of the student belongs to it, whoever else is there."""
    assert name_of(ROOT / below, ROOT) == name
    assert file_stem(name) == stem
    assert name_of((ROOT / below).absolute(), ROOT) == name


@settings(deadline=None, max_examples=500)
@given(FILES, FILES)
@example(([], "x", ".gradescope.ipynb"), ([], "x", ".ipynb"))
@example((["a"], "b", ".ipynb"), ([], "a--b", ".ipynb"))
@example((["a-"], "b", ".ipynb"), (["a"], "-b", ".ipynb"))
@example(([], "=1", ".ipynb"), ([], "'=1", ".ipynb"))
@example(([], "a;=1", ".ipynb"), ([], "a;'=1", ".ipynb"))
@example(([], "a\x07", ".ipynb"), ([], "a", ".ipynb"))
@example(([], "Anna", ".ipynb"), ([], "anna", ".ipynb"))
@example(([], "Anna", ".ipynb"), ([], "Anna~1", ".ipynb"))
@example(([], "é", ".ipynb"), ([], "e\u0301", ".ipynb"))
def test_two_files_never_share_a_name(
    one: tuple[list[str], str, str], other: tuple[list[str], str, str]
) -> None:
    """Neither as it is shown, nor in a table, nor in the name of any file that is written."""
    paths = [path(each) for each in (one, other)]
    first, second = paths
    if first is None or second is None or first == second:
        return
    names = [name_of(first, ROOT), name_of(second, ROOT)]
    assert names[0] != names[1]
    assert cell(names[0]) != cell(names[1])
    assert one_line(names[0]) != one_line(names[1])
    stems = [file_stem(name) for name in names]
    for ending, another in product(SUFFIXES, SUFFIXES):
        assert folded(stems[0] + ending) != folded(stems[1] + another)
    for stem, ending in product(stems, SUFFIXES):
        assert folded(stem + ending) not in COURSE


@pytest.mark.parametrize("file", sorted(COURSE))
def test_no_name_takes_a_file_of_the_course(file: str) -> None:
    """Also one that is called just as the course's, with the suffix of a report."""
    names = [file.removesuffix(suffix) for suffix in SUFFIXES if file.endswith(suffix)]
    stem = file.partition(".")[0]
    taken = [name for name in (stem, *names) if file_stem(name) in (stem, *names)]
    assert not taken, (
        f"_COURSE in grader/results/identity.py needs {stem!r}: {file} is the course's"
    )


@settings(deadline=None)
@given(FILES)
@example(([], "x" * 249, ".ipynb"))
@example((["y" * 255] * 14, "\U0001f40d" * 60, ".ipynb"))
@example(([], "con", ".ipynb"))
@example(([".."], "x", ".ipynb"))
def test_any_name_can_be_a_file_s(file: tuple[list[str], str, str]) -> None:
    """It is short enough with any suffix, UTF-8, in no other folder, and hidden from nobody."""
    found = path(file)
    if found is None:
        return
    name = name_of(found, ROOT)
    stem = file_stem(name)
    assert cell(name) == name
    assert "/" not in stem
    assert not stem.startswith((".", "-", " "))
    assert len(f"{stem}.annotations.txt".encode()) < 230


def test_the_folder_that_was_named_decides() -> None:
    """A file is called alike whatever the working folder is; several paths share what is above."""
    assert shared_folder([Path("a")]) == Path("a").absolute()
    assert shared_folder([Path("a/b"), Path("a/c")]) == Path("a").absolute()
    here = os.fspath(Path("a/b").absolute())
    assert shared_folder([Path("a/c"), Path(here)]) == Path("a").absolute()
