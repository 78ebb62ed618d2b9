"""What an instructor is told to look at, and what not."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from grader.grading import Options, grade
from grader.judging.integrity import LOOPS, dotted
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox.folders import AGENT
from tests.grading import UNIT, accuracy, graded, nn_from_scratch
from tests.notebooks import FAST_DATA, SLOW, edited, reference_cells, submission


def told(result: Result) -> str:
    """Return all that the instructor is told."""
    return "\n".join(note.text for note in result.integrity)


def test_an_honest_notebook_smells_of_nothing(tmp_path: Path) -> None:
    """The reference's layers give rise to no note."""
    assert told(graded(submission(tmp_path, drop=SLOW), *UNIT)) == ""


def test_a_changed_provided_function_is_told(tmp_path: Path) -> None:
    """A function that the assignment hands out and the student changed is named."""
    changed = edited("softmax-crossentropy", ("return ", "return 0 * "))
    path = submission(tmp_path, {"softmax-crossentropy": changed}, drop=SLOW)
    assert "`softmax_crossentropy_with_logits`" in told(graded(path, *UNIT))


@pytest.mark.parametrize(
    "library", ["import torch", "import torch.nn.functional as F", "from torch import nn"]
)
def test_a_layer_that_delegates_is_told(tmp_path: Path, library: str) -> None:
    """A layer built on a ready-made library is named, with the library."""
    name = library.rpartition(" ")[2]
    relu = edited("relu", ("return np.maximum(input, 0)", f"{name}; return np.maximum(input, 0)"))
    path = submission(tmp_path, {"relu": f"{library}\n{relu}"}, drop=SLOW)
    result = graded(path, *UNIT)
    assert "`ReLU` uses torch" in told(result)
    assert result.score == 60


def test_a_library_that_may_do_the_work_is_no_suspicion(tmp_path: Path) -> None:
    """Where `assignment.toml` names a library, who uses it is not told of, of others still."""
    relu = edited("relu", ("return np", "torch, sklearn; return np"))
    path = submission(tmp_path, {"relu": f"import torch, sklearn\n{relu}"}, drop=SLOW)
    ours = nn_from_scratch()
    config = replace(ours.config, libraries=("torch",))
    result = grade(read(path), replace(ours, config=config), Options(only=UNIT))
    assert "`ReLU` uses sklearn." in told(result)


def test_looking_for_the_grader_is_told(tmp_path: Path) -> None:
    """A cell that walks frames is named."""
    path = submission(tmp_path, append=("import sys; sys._getframe(0)",), drop=SLOW)
    assert "sys._getframe" in told(graded(path))


def looked_through(folder: Path, *cells: str, relu: str = "") -> str:
    """Return what is told of a notebook with these cells, and these lines above its `ReLU`."""
    layer = reference_cells()["relu"]
    path = submission(folder, {"relu": f"{relu}\n{layer}"}, append=cells, drop=SLOW)
    return told(graded(path, "relu"))


HIDING = {
    "settrace": "import sys as s; s.settrace(None)",
    "threading.setprofile": "import threading; threading.setprofile(None)",
    "sys.monitoring": "import sys; 'sys.monitoring'",
    "sys.modules.items": "import sys; list(sys.modules.items())",
    "for each in sys.modules": "import sys; [each for each in sys.modules]",
    "_getframe": "from sys import _getframe",
    "exec": "exec('1')",
    "builtins.eval": "import builtins; builtins.eval('1')",
    "run_cell": "get_ipython().run_cell('1')",
    AGENT: f"import {AGENT}.wire",
}


def test_what_hides_from_a_look_at_the_source_is_told(tmp_path: Path) -> None:
    """By whatever name it is called, and where it stands in a text that is run."""
    notes = looked_through(tmp_path, *HIDING.values())
    assert [name for name in HIDING if f"`{name}`" not in notes] == []


def test_what_only_sounds_like_it_is_not_told(tmp_path: Path) -> None:
    """Patterns are compiled, networks are told to evaluate, and an import may fail."""
    cell = """
import re, sys
re.compile("x")
class Net:
    def eval(self): pass
Net().eval()
try:
    import not_installed_anywhere
except ModuleNotFoundError as error:
    print(NameError, error)
if "google.colab" in sys.modules: sys.modules["google.colab"]
"""
    raising = "def fail(): raise NameError"
    assert looked_through(tmp_path, cell, relu="np.maximum.reduce(np.ones(2))") == ""
    assert looked_through(tmp_path, raising, "list(map(str, [1]))") == ""


def test_what_may_raise_by_itself_what_tells_of_a_lack_is_told(tmp_path: Path) -> None:
    """Where something is lacking, so that it may be believed; else it costs the points anyway."""
    raising = "def fail(): raise {}(\"No module named 'not_installed_anywhere'\")"
    notes = looked_through(
        tmp_path,
        "try:\n    import not_installed_anywhere\nexcept ImportError: pass",
        raising.format("ModuleNotFoundError"),
        raising.format("NameError"),
    )
    assert "may raise `ModuleNotFoundError`" in notes
    assert "may raise `NameError`" in notes


def test_a_loop_that_nobody_counts_is_told(tmp_path: Path) -> None:
    """C runs it, and no step of it is seen; only where it may be one of the layer's own."""
    notes = looked_through(tmp_path, relu="def unused(pool): return pool.map")
    assert "`ReLU`, or its cell, uses `pool.map`" in notes


@pytest.mark.parametrize("loop", ["map", "starmap", "itertools.starmap", "np.fromiter", "reduce"])
def test_such_loops_are_known_by_their_names(loop: str) -> None:
    """With the module or without."""
    assert LOOPS.fullmatch(loop)


def trained(folder: Path, loop: str) -> Result:
    """Grade the training of a notebook whose training cell is `loop`."""
    path = submission(
        folder,
        {"data": FAST_DATA, "train-loop": loop},
        drop=("learning-curves", "predictions", "data-look"),
    )
    return graded(path, "training")


MEMORY = """
known = {}
for image, label in zip(test_dataset.data.numpy(), test_dataset.targets.numpy()):
    known[(image.reshape(-1).astype(np.float32) / 255).tobytes()] = label


class Lookup:
    def forward(self, x):
        found = [known.get(np.asarray(row, np.float32).tobytes(), 0) for row in x]
        return np.eye(10)[found]


network = Lookup()
logs = {"loss": [0.1, 0.1], "acc": [1.0, 1.0]}
print("test accuracy 1.000")
"""


def test_a_memorised_test_set_earns_nothing_and_is_told(tmp_path: Path) -> None:
    """Looking test images up finds nothing under noise, and the difference is told."""
    result = trained(tmp_path, MEMORY)
    assert result.score == 0
    assert "it may know them" in told(result)
    assert "prints an accuracy of 1.000" in told(result)


DIVERGED = """
network = Sequential([Linear(784, 10)])
network.layers[0].W = np.full((784, 10), np.nan)
for batch in train_loader:
    break
"""


def test_a_network_that_has_diverged_is_not_said_to_know_the_images(tmp_path: Path) -> None:
    """Outputs that are not numbers are right on no image, whatever they are taken for."""
    result = trained(tmp_path, DIVERGED)
    assert accuracy(result) == 0
    assert told(result) == ""


NEAREST = """
stored = test_dataset.data.numpy().reshape(len(test_dataset), -1).astype(np.float32) / 255
lengths = (stored**2).sum(axis=1)
answers = test_dataset.targets.numpy()


class Nearest:
    def forward(self, x):
        parts = np.array_split(np.asarray(x, np.float32), 20)
        return np.eye(10)[
            np.concatenate([answers[(lengths - 2 * p @ stored.T).argmin(axis=1)] for p in parts])
        ]


network = Nearest()
for batch in train_loader:
    break
"""


def test_a_network_that_is_too_good_is_told(tmp_path: Path) -> None:
    """Looking up the nearest test image withstands noise, and gives itself away by its accuracy."""
    result = trained(tmp_path, NEAREST)
    assert "accuracy" in result.measures
    assert accuracy(result) > 0.99
    assert "more than can be expected" in told(result)


def test_a_limit_that_was_hit_is_told(tmp_path: Path) -> None:
    """A cell that was ended at a limit is named."""
    flood = "while True: print('x' * 10_000)"
    result = graded(submission(tmp_path, append=(flood,), drop=SLOW))
    assert "limit of output" in told(result)
    assert result.exercises[0].score == 40


def test_the_released_functions_may_be_left_out(tmp_path: Path) -> None:
    """A notebook without a provided function is not said to have changed it."""
    path = submission(tmp_path, drop=("softmax-crossentropy", "loss-check", *SLOW))
    assert reference_cells()["softmax-crossentropy"]
    assert told(graded(path, *UNIT)) == ""


@pytest.mark.parametrize("dots", [3_000, 10])
def test_a_name_of_many_dots_is_looked_at_by_its_end(dots: int) -> None:
    """However long a chain of attributes is, it ends nothing, and hides no call at its end."""
    node: ast.expr = ast.Name("a")
    for _each in range(dots):
        node = ast.Attribute(node, "b")
    assert LOOPS.fullmatch(dotted(ast.Attribute(node, "imap")))
