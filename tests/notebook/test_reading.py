"""What is read of a notebook, and what is forgiven."""

import codecs
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.notebook.reading import read
from tests.notebook.files import CODE, PROSE, Write, sources


class TestWhatIsRead:
    def test_every_cell_keeps_its_place_and_kind(self, write: Write) -> None:
        """Code, markdown and raw cells come in the file's order, with their positions."""
        raw = {"cell_type": "raw", "source": "r", "metadata": {"format": "text/html"}}
        notebook = read(write(PROSE, CODE | {"id": "abc"}, raw, CODE))
        assert [cell.index for cell in notebook.cells] == [0, 1, 2, 3]
        assert [cell.kind for cell in notebook.cells] == ["markdown", "code", "raw", "code"]
        assert [cell.id for cell in notebook.cells] == ["cell-0", "abc", "cell-2", "cell-3"]
        assert sources(notebook) == ["# Title", "x = 1", "r", "x = 1"]
        assert notebook.cells[2].metadata == {"format": "text/html"}

    def test_the_file_is_identified(self, write: Write) -> None:
        """The name is the stem, and the digest is that of the very bytes."""
        path = write(CODE, name="Anna Ek.v2.ipynb", metadata={"course": {"week": 3}})
        notebook = read(path)
        assert notebook.path == path
        assert notebook.name == "Anna Ek.v2"
        assert notebook.metadata == {"course": {"week": 3}}
        assert notebook.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()

    def test_what_nbformat_writes(self, tmp_path: Path) -> None:
        """A notebook that nbformat wrote comes back with its sources, ids and metadata."""
        node = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell("a = 1\nb = 2"), nbformat.v4.new_markdown_cell("é")]
        )
        path = tmp_path / "written.ipynb"
        nbformat.write(node, path)
        notebook = read(path)
        assert sources(notebook) == ["a = 1\nb = 2", "é"]
        assert [cell.id for cell in notebook.cells] == [cell.id for cell in node.cells]

    @pytest.mark.parametrize("minor", range(6))
    def test_every_minor_of_format_4(self, write: Write, minor: int) -> None:
        """All of 4.0 to 4.5 are read, without ids and with sources in lines."""
        path = write(CODE | {"source": ["a = 1\n", "b = 2"]}, nbformat_minor=minor)
        assert sources(read(path)) == ["a = 1\nb = 2"]

    def test_format_3(self, tmp_path: Path) -> None:
        """Worksheets, inputs and headings of format 3 become cells as format 4 has them."""
        v3 = nbformat.v3
        cells = [
            v3.new_heading_cell("Two\nlines", level=2),
            v3.new_code_cell("x = 1", prompt_number=7),
            v3.new_text_cell("markdown", source="prose"),
        ]
        node = v3.new_notebook(
            metadata=v3.new_metadata(name="old"),
            worksheets=[v3.new_worksheet(cells=cells), v3.new_worksheet(cells=cells[1:2])],
        )
        path = tmp_path / "old.ipynb"
        path.write_text(nbformat.v3.writes_json(node), encoding="utf-8")
        notebook = read(path)
        kinds = [cell.kind for cell in notebook.cells]
        assert kinds == ["markdown", "code", "markdown", "code"]
        assert sources(notebook) == ["## Two lines", "x = 1", "prose", "x = 1"]


class TestWhatIsForgiven:
    def test_ids_that_are_missing_twice_or_invalid(self, write: Write) -> None:
        """Every cell has an id of its own; made-up ones do not take another cell's."""
        ids = ["a", "a", "cell-1", "not valid!", 7, "x" * 65]
        cells = [CODE | {"id": said} for said in ids]
        made = [cell.id for cell in read(write(*cells, CODE)).cells]
        assert made == ["a", "cell-1-", "cell-1", "cell-3", "cell-4", "cell-5", "cell-6"]

    @pytest.mark.parametrize(
        "encode",
        [
            lambda text: codecs.BOM_UTF8 + text.encode(),
            lambda text: text.encode("utf-16"),
            lambda text: text.replace("\n", "\r\n").encode(),
            lambda text: b"\n  " + text.encode() + b"\n\n",
        ],
        ids=["byte-order mark", "utf-16", "windows line ends", "blanks around"],
    )
    def test_encodings(self, write: Write, encode: Callable[[str], bytes]) -> None:
        """A mark, UTF-16 and other line ends change nothing of the sources."""
        path = write(CODE | {"source": "имя = 1\n"})
        path.write_bytes(encode(json.dumps(json.loads(path.read_text()), indent=1)))
        assert sources(read(path)) == ["имя = 1\n"]

    def test_line_ends_within_a_source(self, write: Write) -> None:
        """The lines of a source end with a line feed, whatever the file has."""
        assert sources(read(write(CODE | {"source": "a\r\nb\rc\n"}))) == ["a\nb\nc\n"]

    @pytest.mark.parametrize(
        "outputs",
        [
            None,
            7,
            "text",
            [{"output_type": "nonsense"}],
            [None],
            [{"data": {"image/png": "A" * 10**6}}],
        ],
        ids=["none", "number", "string", "unknown type", "not an object", "huge"],
    )
    def test_outputs_do_not_matter(self, write: Write, outputs: Any) -> None:
        """Outputs are dropped, however broken or huge."""
        notebook = read(write(CODE | {"outputs": outputs, "execution_count": "seven"}))
        assert sources(notebook) == ["x = 1"]

    @pytest.mark.parametrize(
        ("said", "count"),
        [
            ({"execution_count": 7}, 7),
            ({"prompt_number": 7}, 7),
            ({"execution_count": None}, None),
            ({"execution_count": "7"}, None),
            ({"execution_count": True}, None),
            ({"execution_count": 0}, None),
            ({"execution_count": 10**300}, None),
            ({}, None),
        ],
        ids=["saved", "format 3", "not run", "text", "no number", "zero", "huge", "untold"],
    )
    def test_the_number_that_jupyter_shows_is_kept(
        self, write: Write, said: dict[str, Any], count: int | None
    ) -> None:
        """A cell is told by it; what is no such number is left out."""
        (cell,) = read(write(CODE | said)).cells
        assert cell.count == count
        assert cell.name == ("the cell `x = 1`" if count is None else "cell [7] (`x = 1`)")

    @pytest.mark.parametrize(
        "metadata",
        [
            None,
            [],
            {"kernelspec": None, "language_info": 3},
            {"kernelspec": {"name": "conda-env-cnn-py", "display_name": "cnn"}},
            {"kernelspec": {"name": "base", "language": "python"}, "language_info": {}},
            {"kernelspec": {"name": "python2"}, "language_info": {"name": "ipython"}},
            {"accelerator": "GPU", "colab": {"provenance": []}, "odd": [1, {"a": None}]},
        ],
    )
    def test_metadata_and_kernels_that_do_not_exist_here(self, write: Write, metadata: Any) -> None:
        """No metadata and no kernel's name keeps a Python notebook from being read."""
        assert read(write(CODE, metadata=metadata)).language == "python"

    def test_saved_widgets_are_dropped(self, write: Write) -> None:
        """The state of widgets is output, and may be huge; other metadata stays."""
        notebook = read(write(CODE, metadata={"widgets": {"state": {}}, "kept": 1}))
        assert notebook.metadata == {"kept": 1}

    def test_a_missing_version_is_told_by_the_structure(self, write: Write) -> None:
        """Without an `nbformat` number the list of cells or of worksheets decides."""
        assert sources(read(write(CODE, nbformat=None))) == ["x = 1"]
        old = {"cells": [{"cell_type": "code", "input": ["y = ", "2"]}]}
        path = write(cells=None, nbformat="3", worksheets=[None, {"cells": 1}, old])
        assert sources(read(path)) == ["y = 2"]

    def test_worksheets_count_in_format_3_only(self, write: Write) -> None:
        """Where a file has both lists, its version says which one counts."""
        sheets = [{"cells": [{"cell_type": "code", "input": "y = 2"}]}]
        assert sources(read(write(CODE, nbformat=3, worksheets=sheets))) == ["y = 2"]
        assert sources(read(write(CODE, nbformat=4, worksheets=sheets))) == ["x = 1"]

    def test_cells_against_the_schema(self, write: Write) -> None:
        """What cannot be a cell keeps its place and is raw; odd keys are ignored."""
        odd = [
            None,
            "text",
            {"cell_type": "sql", "source": "select"},
            {"source": "y", "outputs": []},
        ]
        bare = {"cell_type": "code", "prompt": 1, "source": ["a", None, "b"], "metadata": 3}
        notebook = read(write(*odd, bare, {"cell_type": "code"}))
        kinds = [cell.kind for cell in notebook.cells]
        assert kinds == ["raw", "raw", "raw", "code", "code", "code"]
        assert sources(notebook) == ["", "", "select", "y", "ab", ""]
        assert all(cell.metadata == {} for cell in notebook.cells)

    def test_text_that_utf8_cannot_encode(self, write: Write) -> None:
        """Pairs of surrogates are joined and lone ones replaced, in sources and metadata."""
        path = write(CODE | {"source": "s = '@ @'", "metadata": {"k": "@"}})
        halves = path.read_text().replace("@ @", r"\ud83d\ude00 \ud83d").replace("@", r"\udc00")
        path.write_text(halves)
        (cell,) = read(path).cells
        assert cell.source == "s = '\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}'"
        assert cell.metadata == {"k": "\N{REPLACEMENT CHARACTER}"}

    def test_raw_control_characters_and_wrong_bytes(self, write: Write) -> None:
        """A tab or a wrong byte within a string does not cost the whole notebook."""
        path = write(CODE | {"source": "s = 'T Q'"})
        path.write_bytes(path.read_bytes().replace(b"T", b"\t").replace(b"Q", b"\xe9"))
        assert sources(read(path)) == ["s = '\t \N{REPLACEMENT CHARACTER}'"]

    def test_not_a_number(self, write: Write) -> None:
        """NaN and Infinity, which are not JSON, become null, so that metadata stays JSON."""
        notebook = read(write(CODE, metadata={"a": float("nan"), "b": float("inf")}))
        assert notebook.metadata == {"a": None, "b": None}
