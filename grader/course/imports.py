"""What the notebooks of a course import, and which of it this machine lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.assignment.config import Config
from grader.assignment.environment import unmet_packages, unmet_python
from grader.course.submissions import HandedIn, find
from grader.execution.lacks import absent_part, lies_beside, needing_newer, python, written_with
from grader.notebook.imports import modules
from grader.notebook.reading import Notebook, NotebookError
from grader.sandbox.rungs import Finding

# The packages of modules that are not called like them.
PACKAGES: Final = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "mpl_toolkits": "matplotlib",
    "nest_asyncio": "nest-asyncio",
    "pytorch_lightning": "pytorch-lightning",
    "sentence_transformers": "sentence-transformers",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "torch_geometric": "torch-geometric",
    "umap": "umap-learn",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# They do nothing while a notebook is graded, and need not be here.
HARMLESS: Final = frozenset({"google.colab"})


@dataclass
class Lacked:
    """What some notebooks need and this machine lacks: how many do, and the first of them.

    `local` says whether a file of that name lies beside one of them.
    """

    first: Path
    count: int = 0
    local: bool = False


def course_needs(config: Config, folder: Path) -> Iterator[Finding]:
    """Yield what the assignment declares, and what the notebooks below `folder` import.

    Raises NotebookError where there are none.
    """
    for each in (*unmet_python(config), *unmet_packages(config)):
        yield Finding("assignment", False, f"needs {each}")
    notebooks, unread = _read(find([folder]))
    yield from unread
    absent, versions = _counted(notebooks)
    for name, lacked in _most_first(absent):
        yield Finding(name, False, f"{_told(lacked, len(notebooks))}: {_remedy(name, lacked)}")
    for version, lacked in _most_first(versions):
        yield Finding(
            f"Python {version}",
            False,
            f"{_told(lacked, len(notebooks))}, by its syntax: grade with that or a newer one",
        )
    yield from _written(notebooks)
    if not absent:
        yield Finding("modules", True, f"all that {len(notebooks)} notebooks import is here")


def _read(found: Sequence[HandedIn]) -> tuple[list[Notebook], list[Finding]]:
    notebooks, unread = [], []
    for each in found:
        try:
            notebooks.append(each.read())
        except NotebookError as error:
            unread.append(Finding("notebook", False, str(error)))
    return notebooks, unread


def _counted(notebooks: Sequence[Notebook]) -> tuple[dict[str, Lacked], dict[str, Lacked]]:
    """Return the modules and the versions of Python that are lacking, by their names."""
    absent: dict[str, Lacked] = {}
    versions: dict[str, Lacked] = {}
    for notebook in notebooks:
        for name in sorted(_absent(notebook)):
            lacked = absent.setdefault(name, Lacked(notebook.path))
            lacked.count += 1
            lacked.local = lacked.local or lies_beside(notebook.path, name)
        newest = max(needing_newer(notebook).values(), key=_number, default=None)
        if newest is not None:
            versions.setdefault(newest, Lacked(notebook.path)).count += 1
    return absent, versions


def _absent(notebook: Notebook) -> set[str]:
    """Return the modules that a notebook needs and this machine lacks."""
    sources = [cell.source for cell in notebook.cells if cell.kind == "code"]
    asked = (each for source in sources for each in modules(source) if not each.caught)
    return {part for each in asked if (part := absent_part(each.module))} - HARMLESS


def _written(notebooks: Sequence[Notebook]) -> Iterator[Finding]:
    """Yield which versions of Python the notebooks say they were written with."""
    counts: dict[str, int] = {}
    for notebook in notebooks:
        version = ".".join(written_with(notebook).split(".")[:2])
        counts[version] = counts.get(version, 0) + 1
    told = [f"{version} ({count})" for version, count in sorted(counts.items()) if version]
    if told:
        here = python()
        newer = any(version and _number(version) > _number(here) for version in counts)
        detail = f"written with {', '.join(told)}; grading runs on {here}"
        yield Finding("Python", not newer, detail)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _most_first(found: dict[str, Lacked]) -> list[tuple[str, Lacked]]:
    return sorted(found.items(), key=lambda each: (-each[1].count, each[0]))


def _told(lacked: Lacked, total: int) -> str:
    return f"needed by {lacked.count} of {total}, as {lacked.first}"


def _remedy(name: str, lacked: Lacked) -> str:
    if lacked.local:
        return "a file beside it, which grading does not see; its code belongs into the notebook"
    return f"pip install {PACKAGES.get(name, name.replace('.', '-'))}"
