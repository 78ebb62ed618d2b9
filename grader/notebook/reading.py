"""Reading any real-life notebook into plain values.

Only sources and metadata are kept. Outputs are what somebody once claimed to
have seen: they are neither looked at nor validated, however stale, huge or
broken they are. A file that cannot be used is a `NotebookError`.
"""

import codecs
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.notebook.opening import Opened, opened
from grader.notebook.sniffing import ITSELF, NotebookError, described
from grader.text import begins, cell_name, encodable, has_many

__all__ = ["SIZE_LIMIT", "Cell", "Notebook", "NotebookError", "read"]

SIZE_LIMIT = 48 * 2**20
"""Bytes. As text, a file with one character beyond 16 bits takes four times its size in memory."""

VALUES_LIMIT = 1_000_000
"""Values in the file, each of which takes some hundred bytes once it is read. A notebook with a
hundred tables and plots in its outputs has some thousands."""

CELLS_LIMIT = 5_000
CODE_LIMIT = 2 * 2**20
"""Characters in all code cells together; a course's longest notebooks have some ten thousand."""

_KINDS = {"code": "code", "markdown": "markdown", "heading": "markdown", "html": "markdown"}
_VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # as the schema of nbformat 4.5 has it
# Nobody runs so many cells: whoever wrote such a number meant something else.
_MOST_RUN = 10**6
_PYTHONS = ("python", "pyspark", "sage")
# Used where no language is told. A kernel's name is free text: these are the well-known ones.
_OTHER_KERNELS = {"ir": "R", "julia": "Julia", "octave": "Octave", "bash": "Bash", "scala": "Scala"}


@dataclass(frozen=True)
class Cell:
    """One cell.

    `index` is its position in the file, counting every kind of cell. `id` is
    the file's own where that is valid and not taken, else `cell-<index>`.
    `kind` is `code`, `markdown` or `raw`. The lines of `source` end with a line
    feed only. `count` is the number that Jupyter shows beside it, where one was
    saved: how many cells had been run by then.
    """

    index: int
    id: str
    kind: str
    source: str
    metadata: Mapping[str, Any]
    count: int | None = None

    @property
    def name(self) -> str:
        """How a person is told of it."""
        return cell_name(self.index, begins(self.source), self.count)


@dataclass(frozen=True)
class Notebook:
    """What a notebook file says, without its outputs.

    `name` is the file's stem, `metadata` plain JSON without the saved state of
    widgets, `sha256` the hexadecimal digest of the file's bytes. `language` is
    `python`: others are refused. `link` is what the file leads to, below the
    folder that it was found in, where it is a symbolic link.
    """

    path: Path
    name: str
    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any]
    sha256: str
    language: str
    link: str = ""

    @property
    def sources(self) -> str:
        """The digest of the cells' kinds and sources, which saving it again does not change."""
        told = [[cell.kind, cell.source] for cell in self.cells]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def read(path: Path, within: Path | None = None) -> Notebook:
    """Read a notebook of format 3 or 4, leniently wherever its sources can be told.

    `within` is the folder that it was found in, out of which no link leads; where it is None the
    file itself was named, and links are followed as the caller means.
    Raises `NotebookError` for every file that cannot be used.
    """
    found = _content(path, within)
    content = found.content
    try:
        document = _document(path, content)
        raw_cells = _raw_cells(path, document)
        metadata = _plain(document.get("metadata"), without="widgets")
        _require_few(path, raw_cells)
        cells = _cells(raw_cells)
    except RecursionError:
        raise NotebookError(path, f"is too deeply nested to be a notebook; {ITSELF}") from None
    if sum(len(cell.source) for cell in cells if cell.kind == "code") > CODE_LIMIT:
        raise NotebookError(
            path,
            f"has more than {CODE_LIMIT // 2**20} MB of code; hand in what you wrote, and leave "
            "data in files of their own",
        )
    language = _language(metadata, raw_cells)
    if language != "python":
        raise NotebookError(
            path,
            f"is a notebook in {language}, and only Python can be graded; "
            "choose a Python kernel in Jupyter and save it again",
        )
    if not any(cell.kind == "code" for cell in cells):
        raise NotebookError(
            path, "is a notebook without a code cell; check that it is the one you worked in"
        )
    digest = hashlib.sha256(content).hexdigest()
    return Notebook(path, encodable(path.stem), cells, metadata, digest, language, found.link)


def _content(path: Path, within: Path | None) -> Opened:
    """Return the file's bytes, all of them. Raises NotebookError where it cannot be used."""
    found = opened(path, within, SIZE_LIMIT)
    if len(found.content) > SIZE_LIMIT:
        raise NotebookError(
            path,
            f"is larger than {SIZE_LIMIT // 2**20} MB, more than can safely be held in memory; "
            "clear its outputs in Jupyter and save it again",
        )
    if not found.content.strip():
        raise NotebookError(path, "is empty; save the notebook again and look at its size")
    return found


def _document(path: Path, content: bytes) -> dict[str, Any]:
    """Return the JSON object that the file holds."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    if has_many(text, VALUES_LIMIT):
        raise NotebookError(
            path,
            f"holds more than {VALUES_LIMIT} values, more than can safely be held in memory; "
            "clear its outputs in Jupyter and save it again",
        )
    try:
        document = json.loads(text, strict=False, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        raise NotebookError(path, described(path, content, text, error)) from None
    except ValueError as error:
        raise NotebookError(path, f"holds JSON that cannot be read ({error})") from None
    if not isinstance(document, dict):
        raise NotebookError(path, f"is JSON, but not a notebook; {ITSELF}")
    return document


def _require_few(path: Path, cells: Sequence[Any]) -> None:
    if len(cells) > CELLS_LIMIT:
        raise NotebookError(
            path, f"has {len(cells)} cells, and at most {CELLS_LIMIT} are graded; {ITSELF}"
        )


def _raw_cells(path: Path, document: Mapping[str, Any]) -> Sequence[Any]:
    """Return the cells as the file has them, in order."""
    cells, sheets = document.get("cells"), document.get("worksheets")
    if not isinstance(cells, list) and not isinstance(sheets, list):
        raise NotebookError(
            path, f"is JSON, but not a notebook, for it has no list of cells; {ITSELF}"
        )
    # Without a number the structure tells the format.
    version = document.get("nbformat")
    if type(version) is int and version not in (3, 4):
        age = "new" if version > 4 else "old"
        raise NotebookError(
            path,
            f"has notebook format {version}, which is too {age} to be read; "
            "open it in Jupyter and save it in format 4",
        )
    if isinstance(sheets, list) and (version == 3 or not isinstance(cells, list)):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for found in lists if isinstance(found, list) for cell in found]
    return cells or ()


def _cells(raw_cells: Sequence[Any]) -> tuple[Cell, ...]:
    # What is no object keeps its place, so that indices mean positions in the file.
    cells = [raw if isinstance(raw, dict) else {} for raw in raw_cells]
    return tuple(
        Cell(index, cell_id, _kind(raw), _source(raw), _plain(raw.get("metadata")), _count(raw))
        for index, (cell_id, raw) in enumerate(zip(_ids(cells), cells, strict=True))
    )


def _kind(raw: Mapping[str, Any]) -> str:
    said = raw.get("cell_type", "code" if "outputs" in raw else "raw")
    return _KINDS.get(said, "raw") if isinstance(said, str) else "raw"


def _count(raw: Mapping[str, Any]) -> int | None:
    # Format 3 calls it the number of the prompt.
    said = raw.get("execution_count", raw.get("prompt_number"))
    return said if type(said) is int and 0 < said < _MOST_RUN else None


def _ids(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return an id for every cell; the first cell keeps one that is used twice."""
    owners: dict[str, int] = {}
    for index, raw in enumerate(cells):
        said = raw.get("id")
        if isinstance(said, str) and _VALID_ID.fullmatch(said):
            owners.setdefault(said, index)
    ids = []
    for index, raw in enumerate(cells):
        made_up = f"cell-{index}"
        while owners.get(made_up, index) != index:
            made_up += "-"
        said = raw.get("id")
        ids.append(said if isinstance(said, str) and owners.get(said) == index else made_up)
    return ids


def _source(raw: Mapping[str, Any]) -> str:
    # Format 3 calls the source of a code cell its input.
    said = raw.get("source", raw.get("input"))
    parts = said if isinstance(said, list) else [said]
    text = encodable("".join(part for part in parts if isinstance(part, str)))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if raw.get("cell_type") != "heading":
        return text
    level = raw.get("level")
    marks = "#" * min(max(level, 1), 6) if isinstance(level, int) else "#"
    return f"{marks} {' '.join(text.splitlines())}"


def _plain(value: Any, *, without: str = "") -> dict[str, Any]:
    """Return a JSON object without one key and with text that UTF-8 can encode."""
    if not isinstance(value, dict):
        return {}
    kept = {key: item for key, item in value.items() if key != without}
    plain: dict[str, Any] = json.loads(encodable(json.dumps(kept, ensure_ascii=False)))
    return plain


def _language(metadata: Mapping[str, Any], raw_cells: Sequence[Any]) -> str:
    """Return `python`, or the name of the other language that the notebook is in."""
    info, spec = metadata.get("language_info"), metadata.get("kernelspec")
    info = info if isinstance(info, dict) else {}
    spec = spec if isinstance(spec, dict) else {}
    claims = [info.get("name"), spec.get("language"), metadata.get("language")]
    # Format 3 may tell it in its code cells alone.
    cells = [raw for raw in raw_cells if isinstance(raw, dict) and "input" in raw]
    claims += [raw.get("language") for raw in cells]
    said = [claim.strip() for claim in claims if isinstance(claim, str) and claim.strip()]
    if any(known in claim.lower() for claim in said for known in _PYTHONS):
        return "python"
    kernel = str(spec.get("name")).lower().partition("-")[0]
    return said[0] if said else _OTHER_KERNELS.get(kernel, "python")
