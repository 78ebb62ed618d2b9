"""Any bytes are read or refused, and any source is read as it was written."""

import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.notebook.convert import executable
from grader.notebook.reading import NotebookError, read
from tests.notebook.files import CODE, sources

KEYS = st.sampled_from(
    [
        "cells",
        "worksheets",
        "metadata",
        "nbformat",
        "kernelspec",
        "language_info",
        "name",
        "language",
    ]
) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CELLS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["code", "heading"]) | JSON},
        optional={
            "id": st.sampled_from(["a", "cell-1", "cell-0-"]) | JSON,
            **dict.fromkeys(["source", "input", "level", "metadata", "outputs"], JSON),
        },
    ),
    max_size=4,
)
DOCUMENTS = st.fixed_dictionaries(
    {"nbformat": st.sampled_from([3, 4]) | JSON},
    optional={
        "cells": CELLS | JSON,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": CELLS}) | JSON, max_size=2),
        "metadata": JSON,
    },
)


class TestWhateverComes:
    @settings(deadline=None)
    @given(content=st.binary() | (JSON | DOCUMENTS).map(lambda value: json.dumps(value).encode()))
    def test_it_is_read_or_refused(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes
    ) -> None:
        """Any bytes either give cells that can be executed and printed, or a `NotebookError`."""
        path = tmp_path_factory.getbasetemp() / "any.ipynb"
        path.write_bytes(content)
        try:
            notebook = read(path)
        except NotebookError as error:
            str(error).encode()
            return
        assert [cell.index for cell in notebook.cells] == list(range(len(notebook.cells)))
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
        assert json.dumps([notebook.metadata, sources(notebook)], ensure_ascii=False).encode()
        nbformat.validate(executable(notebook))

    @given(source=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
    def test_sources_come_back(self, tmp_path_factory: pytest.TempPathFactory, source: str) -> None:
        """Any source is read as it was written, whole or in lines."""
        path = tmp_path_factory.getbasetemp() / "source.ipynb"
        lines = source.splitlines(keepends=True)
        cells = [CODE | {"source": source}, CODE | {"source": lines}]
        path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        assert sources(read(path)) == [source, source]
