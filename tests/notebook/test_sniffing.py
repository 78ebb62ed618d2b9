"""Files that are no notebook: each is told what it seems to be and what to do."""

import codecs
import gzip
import json
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.notebook.reading import (
    CELLS_LIMIT,
    CODE_LIMIT,
    SIZE_LIMIT,
    VALUES_LIMIT,
    NotebookError,
    read,
)
from tests.notebook.files import CODE, PROSE, Write, closed, refusal

PLAIN_FILES: Mapping[str, tuple[str, bytes, str]] = {
    "empty": ("a.ipynb", b"", "is empty"),
    "only blanks": ("a.ipynb", b" \n\n", "is empty"),
    "pdf": ("a.ipynb", b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
    "gzip": ("a.ipynb", gzip.compress(b"{}"), "is a gzip archive"),
    "png": ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "is an image"),
    "jpeg": ("a.ipynb", b"\xff\xd8\xff\xe0\0", "is an image"),
    "macos companion": ("._a.ipynb", b"\0\x05\x16\x07\0\x02", "companion file of macOS"),
    "html": ("a.ipynb", b"\n<!DOCTYPE html>\n<html>", "is a web page"),
    "html with a mark": ("a.html", codecs.BOM_UTF8 + b"<html lang='en'>", "is a web page"),
    "rtf": ("a.ipynb", b"{\\rtf1\\ansi", "word processor"),
    "git lfs": ("a.ipynb", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "script": ("a.py", b"x = 1\n", "is a Python script"),
    "script in disguise": ("a.ipynb", b"# hi\nimport numpy as np\n", "is a Python script"),
    "prose": ("a.ipynb", b"Dear teacher, import my work", "is a text"),
    "markdown": ("a.ipynb", b"# A\n```\nimport numpy\n```\n", "is a text"),
    "binary": ("a.ipynb", bytes(range(256)), "is binary data"),
    "zeros": ("a.ipynb", bytes(100), "is binary data"),
    "damaged": ("a.ipynb", b'{"cells": [}, "nbformat": 4, "metadata": {}}', "is damaged"),
    "conflict": (
        "a.ipynb",
        b'{\n<<<<<<< HEAD\n "cells": [],\n=======\n "cells": [1],\n>>>>>>> b\n "nbformat": 4}',
        "merge conflict",
    ),
    "conflict from the first line on": (
        "a.ipynb",
        b'<<<<<<< HEAD\n{"cells": []}\n=======\n{"cells": [1]}\n>>>>>>> b\n',
        "merge conflict",
    ),
    "a list": ("a.ipynb", b"[1, 2]", "is JSON, but not a notebook"),
    "other json": ("package.json", b'{"name": "x", "cells": 3}', "no list of cells"),
    "deep json": ("a.ipynb", b'{"cells":' + b"[" * 10**5 + b"]" * 10**5 + b"}", "deeply nested"),
    "long number": ("a.ipynb", b'{"a": ' + b"1" * 5000 + b"}", "cannot be read"),
}


class TestWhatIsRefused:
    @pytest.mark.parametrize("case", PLAIN_FILES)
    def test_other_files(self, tmp_path: Path, case: str) -> None:
        """Each refusal names the file and says what it seems to be."""
        name, content, expected = PLAIN_FILES[case]
        path = tmp_path / name
        path.write_bytes(content)
        assert expected in refusal(path)

    def test_a_zip(self, tmp_path: Path) -> None:
        """An archive is to be unpacked first."""
        path = tmp_path / "work.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.ipynb", "{}")
        assert "unpack it" in refusal(path)

    def test_a_file_that_is_cut_off(self, write: Write) -> None:
        """Wherever a notebook is cut after its first byte, it is said to be cut off."""
        path = write(PROSE, CODE | {"source": ["true = True\n", 's = "\\u00e9"']})
        content = path.read_bytes()
        for length in range(1, len(content)):
            path.write_bytes(content[:length])
            assert "cut off" in refusal(path)

    @pytest.mark.parametrize(
        ("metadata", "language"),
        [
            ({"kernelspec": {"name": "ir", "language": "R"}}, "R"),
            ({"kernelspec": {"name": "ir"}}, "R"),
            ({"kernelspec": {"name": "julia-1.9"}}, "Julia"),
            ({"language_info": {"name": "julia"}}, "julia"),
            ({"language": "Julia"}, "Julia"),
        ],
    )
    def test_other_languages(self, write: Write, metadata: Any, language: str) -> None:
        """A notebook in another language is refused by that language's name."""
        assert f"notebook in {language}" in refusal(write(CODE, metadata=metadata))

    @pytest.mark.parametrize(
        ("version", "age"), [(5, "too new"), (2, "too old"), (1, "too old"), (-3, "too old")]
    )
    def test_other_formats(self, write: Write, version: int, age: str) -> None:
        """A format that is not 3 or 4 is refused, whatever cells it has."""
        assert age in refusal(write(CODE, nbformat=version))

    def test_no_code(self, write: Write) -> None:
        """A notebook of prose is not what the student worked in."""
        assert "without a code cell" in refusal(write(PROSE))
        assert "without a code cell" in refusal(write())

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        """Missing paths, folders, pipes and impossible names are told apart, without waiting."""
        os.mkfifo(tmp_path / "pipe.ipynb")
        (tmp_path / "file").touch()
        assert "does not exist" in refusal(tmp_path / "missing.ipynb")
        assert "is a folder" in refusal(tmp_path)
        assert "a pipe" in refusal(tmp_path / "pipe.ipynb")
        assert "cannot be read" in refusal(tmp_path / "file" / "a.ipynb")
        assert "cannot be read" in refusal(tmp_path / ("x" * 300))
        assert "cannot be read" in refusal(tmp_path / "a\0b")

    def test_no_permission(self, write: Write) -> None:
        """A file that the user may not read is told by its permissions."""
        path = write(CODE)
        with closed(path.parent):
            assert "permissions" in refusal(path)

    def test_size(self, tmp_path: Path) -> None:
        """A file over the limit is refused before it is parsed."""
        path = tmp_path / "big.ipynb"
        with path.open("wb") as file:
            file.truncate(SIZE_LIMIT + 1)
        assert f"larger than {SIZE_LIMIT // 2**20} MB" in refusal(path)

    @pytest.mark.parametrize("part", ["{}", "[]", '"a"', '{"source": "x", "cell_type": "code"}'])
    def test_many_values(self, tmp_path: Path, part: str) -> None:
        """A file of a few MB that would take a gigabyte once it is read is refused before."""
        path = tmp_path / "many.ipynb"
        parts = ",".join([part] * (VALUES_LIMIT + 1))
        path.write_text(f'{{"nbformat": 4, "cells": [{parts}]}}', "utf-8")
        assert f"more than {VALUES_LIMIT} values" in refusal(path)

    def test_commas_in_texts_are_no_values(self, tmp_path: Path) -> None:
        """A long table in an output is one text, whatever is written in it."""
        path = tmp_path / "table.ipynb"
        cell = {"cell_type": "code", "source": "x", "outputs": [',[{"' * VALUES_LIMIT]}
        path.write_text(json.dumps({"nbformat": 4, "cells": [cell]}), "utf-8")
        assert len(read(path).cells) == 1

    def test_many_cells(self, tmp_path: Path) -> None:
        """Nobody writes so many cells."""
        path = tmp_path / "cells.ipynb"
        cells = [{"cell_type": "code", "source": "x"}] * (CELLS_LIMIT + 1)
        path.write_text(json.dumps({"nbformat": 4, "cells": cells}), "utf-8")
        assert f"has {CELLS_LIMIT + 1} cells" in refusal(path)

    def test_much_code(self, tmp_path: Path) -> None:
        """Data that is written into the code is refused; the same in Markdown is read."""
        path = tmp_path / "code.ipynb"
        long = {"cell_type": "code", "source": "x = '" + "a" * CODE_LIMIT + "'"}
        path.write_text(json.dumps({"nbformat": 4, "cells": [long]}), "utf-8")
        assert "MB of code" in refusal(path)
        cells = [{**long, "cell_type": "markdown"}, {"cell_type": "code", "source": "x"}]
        path.write_text(json.dumps({"nbformat": 4, "cells": cells}), "utf-8")
        assert len(read(path).cells) == 2

    def test_errors_travel_between_processes(self, tmp_path: Path) -> None:
        """A refusal can be pickled, for batches that run in several processes."""
        error = NotebookError(tmp_path, "is odd")
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - it is our own
        assert (again.path, str(again)) == (tmp_path, str(error))

    def test_a_name_that_cannot_be_printed(self, tmp_path: Path) -> None:
        """A file name that is no UTF-8 still gives a message that can be written."""
        path = Path(os.fsdecode(bytes(tmp_path) + b"/\xff.ipynb"))
        with pytest.raises(NotebookError, match="does not exist") as caught:
            read(path)
        assert str(caught.value).encode()
