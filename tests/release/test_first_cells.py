"""A released notebook's first cells, in the environment that its requirements make."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from packaging.requirements import Requirement

from grader.authoring.release.command import released_folder
from tests.release.references import REPOSITORY


def closure(asked: list[Requirement]) -> set[str]:
    """Return distributions and all that they require, as far as that is installed here."""
    found: set[tuple[str, str]] = set()
    while asked:
        each = asked.pop()
        name = each.name.lower().replace("_", "-")
        for extra in {"", *each.extras} - {extra for known, extra in found if known == name}:
            found.add((name, extra))
            with suppress(PackageNotFoundError):
                needs = map(Requirement, requires(name) or ())
                asked += [need for need in needs if _is_asked_for(need, extra)]
    return {name for name, _extra in found}


def _is_asked_for(need: Requirement, extra: str) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": extra})


def test_the_first_cells_print_nothing(reference_folder: Path, tmp_path: Path) -> None:
    """No warning greets a student who has installed what the folder asks for, and no more."""
    folder = released_folder(REPOSITORY / "assignments", reference_folder.name, "en")
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    wanted = closure([Requirement(line) for line in lines if not line.startswith("#")])
    absent = [
        module
        for module, packages in packages_distributions().items()
        if not wanted & {each.lower().replace("_", "-") for each in packages}
    ]
    document = nbformat.read(folder / f"{reference_folder.name}.ipynb", as_version=4)
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    hide = f"import sys; sys.modules.update(dict.fromkeys({absent!r}))"
    document.cells = [nbformat.v4.new_code_cell(hide), *code[:1]]
    where = {"metadata": {"path": str(tmp_path)}}
    # A kernel that lacks what it imports itself may say nothing at all.
    NotebookClient(document, kernel_name="python3", resources=where, timeout=120).execute()
    assert [cell.outputs for cell in document.cells] == [[], []]
