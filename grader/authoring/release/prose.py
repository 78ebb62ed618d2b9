"""The prose of a notebook in one of the languages that its reference holds.

A Markdown cell with the tag `lang-ru` is for readers of Russian alone. Those that stand together
are one text in several languages; a reader whose language is not among them gets the English one.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nbformat import NotebookNode

from grader.i18n import SOURCE

TAG: Final = "lang-"


def prose(cells: Sequence[NotebookNode], language: str) -> list[NotebookNode]:
    """Return the cells that readers of `language` get, without the tags that say so.

    The cells are changed.
    """
    kept = []
    for together in _groups(cells):
        chosen = together.get(language) or together.get(SOURCE) or next(iter(together.values()))
        _untag(chosen)
        kept.append(chosen)
    return kept


def _groups(cells: Iterable[NotebookNode]) -> Iterator[dict[str, NotebookNode]]:
    """Yield each text in its languages; a cell for all readers is a text by itself."""
    together: dict[str, NotebookNode] = {}
    for cell in cells:
        language = _language(cell)
        if together and (not language or language in together):
            yield together
            together = {}
        together[language] = cell
        if not language:
            yield together
            together = {}
    if together:
        yield together


def _language(cell: NotebookNode) -> str:
    tags = (tag for tag in cell.metadata.get("tags", ()) if tag.startswith(TAG))
    return next(tags, "").removeprefix(TAG)


def _untag(cell: NotebookNode) -> None:
    tags = [tag for tag in cell.metadata.get("tags", ()) if not tag.startswith(TAG)]
    if tags:
        cell.metadata["tags"] = tags
    else:
        cell.metadata.pop("tags", None)
