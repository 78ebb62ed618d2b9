"""Notebooks as students hand them in: none of their untidiness costs a point."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.sandbox.rungs import Rung, available
from tests.grading import UNIT, check, graded, nn_from_scratch, scores
from tests.notebooks import FAST_DATA, SLOW, edited, reference_cells, submission

FULL = {"linear": 40, "relu": 20}


@pytest.mark.parametrize("name", ["base", "cnn", "conda-env-dl-py", "ir-but-python"])
def test_a_kernelspec_that_does_not_exist_here_is_replaced(tmp_path: Path, name: str) -> None:
    """Whatever kernel a notebook was written with, it runs on the grader's."""
    kernelspec = {"name": name, "display_name": name, "language": "python"}
    path = submission(tmp_path, metadata={"kernelspec": kernelspec}, drop=SLOW)
    assert scores(graded(path, *UNIT)) == FULL


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4])
def test_every_minor_of_nbformat_4_grades(tmp_path: Path, minor: int) -> None:
    """Notebooks without cell ids grade, whatever minor version they name."""
    path = submission(tmp_path, drop=SLOW)
    content = json.loads(path.read_text("utf-8"))
    content["nbformat_minor"] = minor
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps(content), "utf-8")
    assert scores(graded(path, *UNIT)) == FULL


def test_nbformat_3_grades(tmp_path: Path) -> None:
    """A notebook of IPython's days, with worksheets, grades."""
    path = submission(tmp_path, drop=SLOW)
    old = nbformat.convert(nbformat.read(path, as_version=4), 3)
    path.write_text(nbformat.writes(old, version=3), "utf-8")
    assert json.loads(path.read_text("utf-8"))["nbformat"] == 3
    assert scores(graded(path, *UNIT)) == FULL


def test_stale_and_huge_outputs_do_not_matter(tmp_path: Path) -> None:
    """What a notebook claims to have printed before is not looked at."""
    path = submission(tmp_path, drop=SLOW)
    content = json.loads(path.read_text("utf-8"))
    huge = {"output_type": "stream", "name": "stdout", "text": "100 of 100\n" * 500_000}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [huge]
            break
    path.write_text(json.dumps(content), "utf-8")
    assert scores(graded(path, *UNIT)) == FULL


@pytest.mark.parametrize(
    "bad",
    [
        "def broken(:",
        "1 / 0",
        "raise SystemExit",
        "import sys; sys.exit(3)",
        "assert False",
        "import warnings; warnings.warn('careful')\nimport sys; print('!', file=sys.stderr)",
        "for i in range(20_000): print(i)",
        "x = input('Your name? ')\nassert x == ''",
        "undefined_name",
    ],
)
def test_a_bad_cell_costs_only_itself(tmp_path: Path, bad: str) -> None:
    """An error in a cell of its own takes nothing from the exercises beside it."""
    path = submission(
        tmp_path, {"layer-sequential": reference_cells()["layer-sequential"]}, drop=SLOW
    )
    notebook = nbformat.read(path, as_version=4)
    index = next(i for i, cell in enumerate(notebook.cells) if cell.id == "linear")
    notebook.cells.insert(index, nbformat.v4.new_code_cell(bad))
    nbformat.write(notebook, path)
    # The whole notebook is run: with `only`, a cell that nothing needs would be left out.
    result = graded(path)
    assert {name: scores(result)[name] for name in FULL} == FULL


COLAB = """
from google.colab import drive, files
drive.mount('/content/drive')
%cd /content/drive/MyDrive/homework
!pip install -q torch==1.4 wandb
!wget -q https://example.org/fashion.zip
%pip install tqdm
%tensorflow_version 2.x
from_colab = 41 + 1
"""


def test_leftovers_of_colab_are_harmless_and_told_once(tmp_path: Path) -> None:
    """Mounting a drive and installing packages costs neither time nor another line."""
    linear = edited("linear", ("class Linear", "assert from_colab == 42\n\nclass Linear"))
    imports = reference_cells()["imports"] + COLAB
    result = graded(submission(tmp_path, {"imports": imports, "linear": linear}, drop=SLOW), *UNIT)
    assert scores(result) == FULL
    texts = [note.text for note in result.notes]
    assert any("pip" in text for text in texts)
    assert len(texts) == len(set(texts))
    assert all(cell.status == "ok" for cell in result.cells)


COMMANDS = """
!mkdir -p data && echo one > data/file && ls data
!wget -q https://example.org/fashion.zip -P data
!unzip -q data/fashion.zip
lines = !cat data/file
assert (lines, _exit_code) == (["one"], 0)
"""


@pytest.mark.parametrize("rung", available(), ids=lambda rung: f"rung{int(rung)}")
def test_commands_run_in_every_sandbox(tmp_path: Path, rung: Rung) -> None:
    """What can work here works on every rung, and what cannot is told in words."""
    imports = COMMANDS + reference_cells()["imports"]
    path = submission(tmp_path, {"imports": imports}, drop=(*SLOW, "linear"))
    result = grade(read(path), nn_from_scratch(), Options(only=("relu",), wanted=rung))
    assert scores(result) == {"relu": 20}
    assert all(cell.status == "ok" for cell in result.cells), result.cells
    assert not any("could not be started" in note.text for note in result.notes)
    assert any("wget" in note.text for note in result.notes)


def test_a_later_definition_counts_where_it_is_better(tmp_path: Path) -> None:
    """A class that is mended below counts as that; one to play with takes no points away."""
    wrong = edited("linear", ("x @ self.W + self.b", "x @ self.W"))
    right = reference_cells()["linear"]
    better = submission(tmp_path, {"linear": wrong}, append=(right,), drop=SLOW)
    assert scores(graded(better, *UNIT)) == FULL
    worse = submission(tmp_path, append=(wrong,), drop=SLOW)
    assert scores(graded(worse, *UNIT)) == FULL


def test_classes_may_stand_in_other_cells_than_ours(tmp_path: Path) -> None:
    """One cell with everything in it is as good as many."""
    cells = reference_cells()
    both = "\n\n".join([cells["layer-sequential"], cells["relu"], cells["linear"]])
    path = submission(
        tmp_path,
        {"imports": cells["imports"] + "\n" + both},
        drop=("layer-sequential", "relu", "linear", *SLOW),
    )
    assert scores(graded(path, *UNIT)) == FULL


def test_a_helper_in_a_later_cell_is_there_when_questions_are_asked(tmp_path: Path) -> None:
    """A class may use a function that is defined only after it."""
    linear = edited("linear", ("return x @ self.W + self.b", "return affine(x, self.W, self.b)"))
    helper = "def affine(x, weights, bias):\n    return x @ weights + bias"
    path = submission(tmp_path, {"linear": linear}, append=(helper,), drop=SLOW)
    assert scores(graded(path, *UNIT)) == FULL


def test_prints_and_warnings_inside_a_layer_cost_nothing(tmp_path: Path) -> None:
    """A layer may say what it does."""
    linear = edited(
        "linear",
        (
            "        self.x = x\n",
            "        print('forward', x.shape)\n"
            "        import warnings; warnings.warn('w')\n"
            "        self.x = x\n",
        ),
    )
    assert scores(graded(submission(tmp_path, {"linear": linear}, drop=SLOW), *UNIT)) == FULL


def test_a_layer_may_clear_its_cache_after_backward(tmp_path: Path) -> None:
    """A second backward without a forward may fail, and nobody asks for it."""
    linear = edited(
        "linear",
        ("        return self.grad\n", "        self.x = None\n        return self.grad\n"),
    )
    relu = edited(
        "relu",
        (
            "return grad * self.is_open",
            "grad = grad * self.is_open\n        del self.is_open\n        return grad",
        ),
    )
    path = submission(tmp_path, {"linear": linear, "relu": relu}, drop=SLOW)
    assert scores(graded(path, *UNIT)) == FULL


@pytest.mark.parametrize(
    "endless",
    [
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n"
        "    except KeyboardInterrupt:\n        pass",
    ],
    ids=["interruptible", "swallows KeyboardInterrupt"],
)
def test_a_cell_that_never_ends_is_ended(tmp_path: Path, endless: str) -> None:
    """An endless cell is interrupted or killed at its limit, named, and costs only itself."""
    path = submission(tmp_path, append=(endless,), drop=SLOW)
    result = graded(path, cell_seconds=10)
    assert {name: scores(result)[name] for name in FULL} == FULL
    assert result.cells[-1].status == "timeout"


def test_an_error_of_syntax_is_told_by_its_line(tmp_path: Path) -> None:
    """And not by the file that the kernel took the cell for, whose name is a number."""
    path = submission(tmp_path, append=("x = 1\ny = = 2",), drop=SLOW)
    last = graded(path).cells[-1]
    assert (last.status, last.error) == ("error", "SyntaxError: invalid syntax (line 2)")


def test_a_cell_that_kills_the_kernel_is_left_out_and_named(tmp_path: Path) -> None:
    """After a dead kernel the notebook is run again without the cell that killed it."""
    path = submission(tmp_path, drop=SLOW)
    notebook = nbformat.read(path, as_version=4)
    index = next(i for i, cell in enumerate(notebook.cells) if cell.id == "linear")
    notebook.cells.insert(index, nbformat.v4.new_code_cell("import os; os._exit(1)"))
    nbformat.write(notebook, path)
    result = graded(path)
    assert {name: scores(result)[name] for name in FULL} == FULL
    assert [cell.index for cell in result.cells if cell.status == "died"] == [index]


PLANT = """
import os, pathlib
for folder in pathlib.Path(os.environ["HOME"]).parent.glob("run*"):
    for name in ("kernel.json", "k-1", "k-2"):
        try:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to("TARGET")
        except OSError:
            pass
os._exit(1)
"""


def test_a_second_kernel_is_not_led_astray_by_links_of_the_first(tmp_path: Path) -> None:
    """What the grader writes for a new kernel goes nowhere that a former one has planted."""
    target = tmp_path / "target.txt"
    target.write_text("untouched", "utf-8")
    before = target.stat()
    path = submission(tmp_path, append=(PLANT.replace("TARGET", str(target)),), drop=SLOW)
    result = graded(path)
    assert {name: scores(result)[name] for name in FULL} == FULL
    assert target.read_text("utf-8") == "untouched"
    assert (target.stat().st_uid, target.stat().st_mode) == (before.st_uid, before.st_mode)


def test_the_limit_of_the_whole_leaves_the_rest_unrun(tmp_path: Path) -> None:
    """What the notebook does after its time is over is not run, and said to be so."""
    path = submission(tmp_path, append=("import time; time.sleep(60)", "later = 1"), drop=SLOW)
    result = graded(path, total_seconds=10)
    assert {name: scores(result)[name] for name in FULL} == FULL
    assert [cell.status for cell in result.cells[-2:]] == ["timeout", "skipped"]


def test_a_layer_that_hangs_costs_only_its_exercise(tmp_path: Path) -> None:
    """A question that is never answered is given up, and the other exercise is asked."""
    relu = edited("relu", ("return grad * self.is_open", "while True: pass"))
    path = submission(tmp_path, {"relu": relu}, drop=(*SLOW, "relu-check"))
    result = graded(path, *UNIT)
    assert scores(result)["linear"] == 40
    message = check(result, "relu", "gradient_values").message
    assert re.search(r"it ran on and on, and was ended after [\d.]+ s of processor time", message)


def test_a_layer_that_crashes_costs_only_its_exercise(tmp_path: Path) -> None:
    """A crash while answering is survived."""
    relu = edited("relu", ("return grad * self.is_open", "import os; os.abort()"))
    result = graded(submission(tmp_path, {"relu": relu}, drop=(*SLOW, "relu-check")), *UNIT)
    assert scores(result)["linear"] == 40
    assert "died" in check(result, "relu", "gradient_values").message


def test_the_notebook_runs_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """Nothing is read from or written to the folder of the submission."""
    secret = tmp_path / "secret.txt"
    secret.write_text("here", "utf-8")
    before = sorted(each.name for each in tmp_path.iterdir())
    cell = "import os\nassert not os.listdir('.')\nopen('mine.txt', 'w').write('x')"
    path = submission(tmp_path, append=(cell,), drop=SLOW)
    result = graded(path)
    assert result.cells[-1].status == "ok", result.cells[-1]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*before, path.name])


@pytest.mark.parametrize("root", ["./tmp", "./data", "/content/data", "../elsewhere"])
def test_the_data_is_found_whatever_root_is_named(tmp_path: Path, root: str) -> None:
    """FashionMNIST is there under every root, and nothing is downloaded."""
    data = FAST_DATA.replace("./data", root)
    probe = "assert len(train_dataset) == 60_000 and len(test_dataset) == 10_000"
    drop = ("data-look", "train-loop", "learning-curves", "predictions")
    result = graded(submission(tmp_path, {"data": data}, append=(probe,), drop=drop))
    assert result.cells[-1].status == "ok", result.cells
