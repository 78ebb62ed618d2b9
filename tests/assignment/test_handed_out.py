"""Which cells of a notebook are those that were handed out, and which definitions count."""

import json
from pathlib import Path

from grader.assignment.handed_out import cell_map, graded_cells
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from tests.cell_maps import cell_map as cell_map_of
from tests.grading import nn_from_scratch, scores
from tests.layouts import WEIGHT_DECAY
from tests.notebooks import REFERENCE, SLOW, edited, reference_cells, submission

RELEASED = REFERENCE.parents[2] / "assignments"


def rewritten(path: Path, *, ids: bool) -> Path:
    """Give the cells of a notebook other ids, or none at all, and return its path."""
    notebook = json.loads(path.read_text("utf-8"))
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"other-{number}"
        if not ids:
            del cell["id"]
    notebook["nbformat_minor"] = 5 if ids else 4
    path.write_text(json.dumps(notebook), "utf-8")
    return path


def test_cells_are_known_by_ids_and_without_them_by_texts(tmp_path: Path) -> None:
    """Whether ids are kept, rewritten or missing, what is added below is told from the rest."""
    solved = tmp_path / "solved.ipynb"
    for folder in ("nn_from_scratch", "nn_from_scratch.ru"):
        notebook = json.loads((RELEASED / folder / "nn_from_scratch.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = reference_cells().get(cell["id"], "".join(cell["source"]))
        last = max(i for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code")
        notebook["cells"].append({**notebook["cells"][last], "id": "mine", "source": "network = 1"})
        solved.write_text(json.dumps(notebook), "utf-8")
        assert cell_map(read(solved), nn_from_scratch()).end == last
        for ids in (True, False):
            cells = cell_map(read(rewritten(solved, ids=ids)), nn_from_scratch())
            assert cells.end == last
            network = cells.counting(["network"]).last_binding("network")
            assert network is not None
            assert network < last


def test_nothing_is_known_of_another_notebook(tmp_path: Path) -> None:
    """Without any cell that was handed out, all cells count."""
    path = submission(tmp_path)
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
        for source in ("x = 1", "x = 2")
    ]
    path.write_text(json.dumps(notebook), "utf-8")
    assert not graded_cells(read(path), read(REFERENCE))
    assert cell_map(read(path), nn_from_scratch()).counting(["x"]).last_binding("x") == 1


def test_a_function_of_another_cell_trains_where_it_is_called() -> None:
    """The cell that calls it is the training, not the one that defines it, nor one that draws."""
    cells = cell_map_of(
        "train_loader = [1]",
        "network = 1",
        "def learn(epochs):\n    for x in train_loader: network.forward(x)",
        "learn(2)",
        "network.forward(3)",
    )
    assert cells.training("network", "train_loader") == (3,)


def graded(path: Path, *, quick: bool = False) -> Result:
    """Grade the layers, in full or quickly."""
    return grade(
        read(path), nn_from_scratch(), Options(only=() if quick else ("linear",), quick=quick)
    )


def told(result: Result) -> list[str]:
    """Return what is told of definitions that were judged."""
    return [note.text for note in result.notes if "judged as it is defined" in note.text]


def test_a_layer_is_asked_as_the_graded_cells_define_it(tmp_path: Path) -> None:
    """Another one to play with below costs nothing, and the report says which was asked."""
    result = graded(submission(tmp_path, drop=SLOW, append=(WEIGHT_DECAY,)))
    assert scores(result)["linear"] == 40
    (text,) = told(result)
    assert "costs nothing" in text


def test_a_layer_that_was_mended_below_counts_as_mended(tmp_path: Path) -> None:
    """Where the first definition is wrong and a later one is right, the better counts."""
    wrong = edited("linear", ("grad.sum(axis=0)", "grad.mean(axis=0)"))
    path = submission(tmp_path, {"linear": wrong}, drop=SLOW, append=(reference_cells()["linear"],))
    result = graded(path)
    assert scores(result)["linear"] == 40
    (text,) = told(result)
    assert "does better there" in text
    # The network of the wrong layers is not mended with them.
    assert scores(graded(submission(tmp_path, {"linear": wrong}, drop=SLOW)))["linear"] < 40


def with_copy(path: Path, source: str, *, above: bool = False) -> Path:
    """Put a cell right below the one that defines Linear, or right above, and return the path."""
    notebook = json.loads(path.read_text("utf-8"))
    cells = notebook["cells"]
    place = next(i for i, cell in enumerate(cells) if cell.get("id") == "linear")
    cells.insert(place + (not above), {**cells[place], "id": "copy", "source": source})
    path.write_text(json.dumps(notebook), "utf-8")
    return path


def test_a_copy_that_is_still_to_be_written_takes_no_points(tmp_path: Path) -> None:
    """Whichever of the two is the one that was handed out, what the student wrote is asked."""
    written = reference_cells()["linear"]
    handed_out = json.loads(
        (RELEASED / "nn_from_scratch" / "nn_from_scratch.ipynb").read_text("utf-8")
    )
    gap = "".join(next(each for each in handed_out["cells"] if each["id"] == "linear")["source"])
    below = with_copy(submission(tmp_path, drop=SLOW), gap)
    result = graded(below)
    assert scores(result)["linear"] == 40
    (text,) = told(result)
    assert "still to be written" in text
    instead = with_copy(submission(tmp_path, {"linear": gap}, drop=SLOW), written, above=True)
    assert scores(graded(instead))["linear"] == 40
    assert scores(graded(instead, quick=True))["linear"] == 40
    mended = with_copy(submission(tmp_path, {"linear": gap}, drop=SLOW), written)
    result = graded(mended)
    assert scores(result)["linear"] == 40
    assert not told(result)


def test_what_was_written_anew_counts_and_not_what_stands_above(tmp_path: Path) -> None:
    """A second version above the cells that follow is what the student settled on."""
    wrong = edited("linear", ("grad.sum(axis=0)", "grad.mean(axis=0)"))
    result = graded(with_copy(submission(tmp_path, drop=SLOW), wrong))
    assert scores(result)["linear"] < 40
    assert not told(result)
