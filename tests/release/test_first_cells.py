"""A released notebook's first cells, in the environment that its requirements make."""

from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from packaging.requirements import Requirement

from grader.authoring.release.command import released_folder
from tests.release.references import REPOSITORY


def closure(names: list[str]) -> set[str]:
    """Return distributions and all that they require, as far as that is installed here."""
    found: set[str] = set()
    while names:
        name = names.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        try:
            needs = map(Requirement, requires(name) or ())
        except PackageNotFoundError:
            continue
        names += [each.name for each in needs if each.marker is None or each.marker.evaluate()]
    return found


def test_the_first_cells_print_nothing(reference_folder: Path, tmp_path: Path) -> None:
    """No warning greets a student who has installed what the folder asks for, and no more."""
    folder = released_folder(REPOSITORY / "assignments", reference_folder.name, "en")
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    wanted = closure([Requirement(line).name for line in lines if not line.startswith("#")])
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
    NotebookClient(document, kernel_name="python3", resources=where).execute()
    assert [cell.outputs for cell in document.cells] == [[], []]
