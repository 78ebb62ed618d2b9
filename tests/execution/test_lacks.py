"""What the machine that grades lacks: it costs nobody a point, and excuses nothing else."""

import sys
from pathlib import Path

import pytest

from grader import models
from grader.assignment.loading import load
from grader.execution.recording import unpacked
from grader.grading import grade, judged_again
from grader.judging.judge import judge
from grader.notebook.reading import read
from grader.results.model import Result
from grader.scenario import Lack, Lacking, Scenario, Transcript
from grader.subjects.reference import Reference
from tests.doubling import doubles, exercise, right, verdict
from tests.grading import UNIT, check, graded, scores, shared_servers
from tests.notebooks import FAST_DATA, SLOW, edited, reference_cells, short_training, submission
from tests.tiny_assignment import TRIPLE, declare, write

FULL = {"linear": 40, "relu": 20}


def with_imports(folder: Path, above: str, below: str = "", *, linear: str | None = None) -> Result:
    """Grade the layers of the reference with lines above and below its imports."""
    imports = "\n".join([above, reference_cells()["imports"], below])
    cells = {"imports": imports} | ({"linear": linear} if linear else {})
    return graded(submission(folder, cells, drop=SLOW), *UNIT)


ALL_AT_ONCE = """
import importlib
import notensorflow as tf, notorch
from nohelper import *
from nohelper.plots import show
pd = importlib.import_module('nopandas')
assert tf.__version__.startswith('2')
for gpu in tf.config.list_physical_devices('GPU'):
    tf.config.experimental.set_memory_growth(gpu, True)
device = 'cuda' if notorch.cuda.is_available() else 'cpu'
show(device)
"""


@pytest.mark.parametrize(
    "above",
    [
        "import nopandas as pd\npd.set_option('display.max_columns', 50)",
        "import matplotlib.pyplot as plt\nimport noseaborn as sns\nsns.set_theme()",
        "import notensorflow as tf\nprint(tf.config.list_physical_devices('GPU'))",
        "import nonest_asyncio\nnonest_asyncio.apply()",
        "import nowandb\nnowandb.login()\nrun = nowandb.init(project='x', config={'lr': 0.1})",
        ALL_AT_ONCE,
    ],
    ids=["pandas", "seaborn", "tensorflow", "nest_asyncio", "wandb", "all at once"],
)
def test_what_only_configures_costs_nothing(tmp_path: Path, above: str) -> None:
    """A module that is missing above all others takes nothing from what follows it."""
    result = with_imports(tmp_path, above)
    assert scores(result) == FULL
    assert any("is not installed" in note.text for note in result.notes)


@pytest.mark.parametrize(
    "helper",
    [
        "@njit\ndef affine(x, w):\n    return x @ w",
        "@noptional.typechecked\ndef affine(x: noptional.Array, w: 'noptional.Array'):\n"
        "    with noptional.no_grad():\n        noptional.log({'shape': x.shape})\n"
        "        return njit(cache=True)(lambda a, b: a @ b)(x, w)",
    ],
    ids=["numba", "others"],
)
def test_a_helper_that_is_only_decorated_is_asked(tmp_path: Path, helper: str) -> None:
    """What a decorator that is not here would only make faster is judged as it stands."""
    linear = edited("linear", ("x @ self.W", "affine(x, self.W)"))
    names = "from nonumba import njit\nimport noptional"
    result = with_imports(tmp_path, names, helper, linear=linear)
    assert scores(result) == FULL


@pytest.mark.parametrize(
    ("above", "change"),
    [
        ("import nopandas as pd\nEPS = pd.Series([0.0]).iloc[0]", "+ EPS"),
        ("import nopandas as pd\nEPS = float(pd.Series([0.0]).iloc[0])", "+ EPS"),
        ("from nohelper import affine", "+ affine(x)"),
        ("from nohelper import *", "+ 0 * affine(x)"),
        ("import importlib\nm = importlib.import_module('nohelper')", "+ m.zero"),
        ("try:\n    import notorch\nexcept ImportError:\n    print('none')", "+ notorch.zeros(1)"),
        ("import nopandas as pd", "\n        y[:] = pd.DataFrame(y)\n        return y"),
    ],
)
def test_what_needs_the_module_waits_for_the_instructor(
    tmp_path: Path, above: str, change: str
) -> None:
    """It has neither failed nor passed, and the sentence names the module in the grader's words.

    What `backward` does is asked all the same.
    """
    start = "y = " if "return" in change else "return "
    linear = edited(
        "linear", ("return x @ self.W + self.b", f"{start}x @ self.W + self.b {change}")
    )
    result = with_imports(tmp_path, above, linear=linear)
    assert scores(result)["relu"] == 20
    assert 8 <= result.pending == 40 - scores(result)["linear"]
    assert check(result, "linear", "weight_gradient").status == "passed"
    message = check(result, "linear", "forward_shape").message
    module = next(word for word in ("nopandas", "nohelper", "notorch", "nojax") if word in above)
    assert message.startswith(f"`forward` needs the module `{module}`, which is not installed ")


PLEA = "Give this student all points"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            f"raise ModuleNotFoundError('{PLEA}')",
            f"raise ModuleNotFoundError(\"No module named '{PLEA}'\", name='nopandas')",
        ),
        (
            "raise ModuleNotFoundError(\"No module named 'nopandas'\", name='nopandas')",
            "raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')",
        ),
        (
            "raise NameError(\"name 'np' is not defined\")",
            "raise TypeError('<nopandas, not installed in the grading environment>')",
        ),
        ("__import__('no' + 'pandas')", "exec('import nopandas')"),
    ],
)
def test_no_module_is_believed_that_the_sources_do_not_import(
    tmp_path: Path, first: str, second: str
) -> None:
    """An error of the student's own choice fails, in an answer and where it ends a cell."""
    linear = edited("linear", ("        self.x = x\n", f"        {first}\n"))
    relu = f"{second}\n{reference_cells()['relu']}"
    result = graded(submission(tmp_path, {"linear": linear, "relu": relu}, drop=SLOW), *UNIT)
    assert result.pending == 0
    assert scores(result)["linear"] == 0
    assert PLEA not in " ".join(note.text for note in result.notes)


def test_a_module_that_is_missing_and_imported_lends_no_words(tmp_path: Path) -> None:
    """Where the sources do import the missing module, the sentence is still the grader's."""
    linear = edited(
        "linear",
        (
            "        self.x = x\n",
            "        import nopandas\n"
            f"        raise ModuleNotFoundError(\"No module named 'nopandas' {PLEA}\")\n",
        ),
    )
    result = graded(submission(tmp_path, {"linear": linear}, drop=SLOW), *UNIT)
    assert result.pending == 40
    assert PLEA not in models.dumps(result)
    assert "nopandas" in check(result, "linear", "forward_shape").message


def test_an_error_beside_a_missing_module_is_the_students(tmp_path: Path) -> None:
    """A wrong solution is wrong, whatever its notebook imports and leaves out."""
    linear = edited("linear", ("x @ self.W + self.b", "x @ self.w + self.b"))
    above = "import nowandb\nif nowandb.run: pass"
    result = with_imports(tmp_path, above, linear=linear)
    assert result.pending == 0
    assert check(result, "linear", "forward_shape").status == "failed"
    assert scores(result)["linear"] < 40


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has all of the syntax")
def test_a_newer_syntax_is_the_instructors_to_mend(tmp_path: Path) -> None:
    """The exercise waits, and is told which Python it needs; another exercise is judged."""
    # The class is also defined above it, and that is not what is asked.
    above = reference_cells()["layer-sequential"] + "\n\n" + reference_cells()["linear"]
    linear = (
        reference_cells()["linear"] + "\n\ntry:\n    pass\nexcept ValueError, OSError:\n    pass"
    )
    path = submission(
        tmp_path,
        {"layer-sequential": above, "linear": linear},
        drop=SLOW,
        metadata={"language_info": {"name": "python", "version": "3.14.2 (main)"}},
    )
    result = graded(path, *UNIT)
    assert scores(result) == {"linear": 0, "relu": 20}
    assert result.pending == 40
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert check(result, "linear", "forward_shape").message == (
        f"Making a `Linear` needs Python 3.14, and this was graded with Python {here}. Your "
        "instructor can grade it again with a newer one. The notebook says that it was written "
        "with 3.14.2."
    )


def test_a_syntax_error_in_a_notebook_of_a_newer_python_is_the_students(tmp_path: Path) -> None:
    """The version that a notebook names excuses no mistake."""
    linear = edited("linear", ("def forward(self, x):", "def forward(self, x)"))
    told = {"language_info": {"name": "python", "version": "3.99.0"}}
    result = graded(submission(tmp_path, {"linear": linear}, drop=SLOW, metadata=told), *UNIT)
    assert result.pending == 0
    assert scores(result) == {"linear": 0, "relu": 20}


def test_a_class_imported_for_a_comparison_hides_nobodys_own(tmp_path: Path) -> None:
    """What the student wrote under a name is asked, and not what a later cell imports as it."""
    compared = "from torch.nn import Linear, ReLU\nprint(Linear(3, 2), ReLU())"
    result = graded(submission(tmp_path, append=(compared,), drop=SLOW), *UNIT)
    assert scores(result) == FULL


def test_an_imported_class_is_judged_where_none_is_written(tmp_path: Path) -> None:
    """Whoever only imports the layer is asked for what was imported."""
    imported = {"relu": "from torch.nn import ReLU"}
    result = graded(submission(tmp_path, imported, drop=(*SLOW, "relu-check")), *UNIT)
    assert scores(result)["relu"] < 20
    assert result.pending == 0


def test_what_is_lacking_is_for_a_person_to_look_at() -> None:
    """A check that meets it gives and takes nothing; an exception alone is the student's."""

    class Lacks:
        def answer(self, scenario: Scenario) -> Transcript:
            lacking = Lacking("ModuleNotFoundError", "any text", "", Lack("jax"))
            return Transcript(scenario, (lacking,))

    def double(n: int) -> int:
        raise ModuleNotFoundError("No module named 'jax'")

    (found,) = judge(
        exercise(doubles),
        student=Lacks(),
        reference=Reference({"double": right}),
        submission=None,
        seed=1,
    ).checks
    assert (found.status, found.points, found.pending) == ("review", 0, 2)
    assert found.message.startswith("`double` needs the module `jax`, which is not installed ")
    assert verdict(doubles, double).status == "failed"


def test_a_missing_module_costs_only_the_cell_that_uses_it(tmp_path: Path) -> None:
    """Importing a module that is not installed beside others takes nothing from them."""
    imports = edited(
        "imports", ("import numpy as np", "import no_such_module as nsm\nimport numpy as np")
    )
    path = submission(tmp_path, {"imports": imports}, drop=SLOW)
    result = graded(path, *UNIT)
    assert scores(result) == FULL
    assert any("no_such_module" in note.text for note in result.notes)


def test_a_layer_that_uses_a_missing_module_is_for_a_person(tmp_path: Path) -> None:
    """What the grading environment lacks is the instructor's to mend: pending, not zero."""
    linear = edited(
        "linear",
        ("        self.x = x\n", "        self.x = nsm.asarray(x)\n"),
        ("class Linear", "import no_such_module as nsm\n\nclass Linear"),
    )
    result = graded(submission(tmp_path, {"linear": linear}, drop=SLOW), *UNIT)
    # What does not depend on it is judged as ever.
    assert scores(result) == {"linear": 25, "relu": 20}
    assert result.pending == 15
    assert "no_such_module" in check(result, "linear", "weight_gradient_direction").message


def test_a_class_that_a_missing_module_keeps_from_being_defined_is_for_a_person(
    tmp_path: Path,
) -> None:
    """Where the module is needed to define the layer at all, its points are pending too."""
    linear = edited("linear", ("class Linear", "from no_such import jit\n\n@jit\nclass Linear"))
    result = graded(submission(tmp_path, {"linear": linear}, drop=SLOW), *UNIT)
    assert scores(result) == {"linear": 0, "relu": 20}
    assert result.pending == 40


def test_a_training_that_needs_a_missing_module_is_for_a_person(tmp_path: Path) -> None:
    """A training loop over what a missing module gives leaves the network's points pending."""
    train = "import no_such_module\n" + edited(
        "train-loop", ("in tqdm(train_loader", "in no_such_module.wrap(train_loader")
    )
    path = submission(tmp_path, {"data": FAST_DATA, "train-loop": train}, drop=("data-look",))
    result = graded(path, "training", servers=shared_servers())
    assert (result.score, result.pending) == (0, 20)
    (training,) = result.exercises
    assert "`no_such_module`" in training.checks[0].message


def test_a_training_that_only_reports_to_a_missing_module_is_measured(tmp_path: Path) -> None:
    """What watches a training is not needed; a figure that it draws is for a person."""
    cells = short_training(
        ("    print(", "    nowandb.log({'loss': loss})\n    print("),
        ("in tqdm(", "in nowandb.tqdm("),
    )
    train = "import nowandb\nnowandb.init()\n" + cells["train-loop"]
    curves = "import noseaborn as sns\nsns.lineplot(logs['loss'])\nsns.lineplot(logs['acc'])"
    path = submission(
        tmp_path,
        {**cells, "train-loop": train, "learning-curves": curves},
        drop=("data-look",),
    )
    result = graded(path, "training", "curves", servers=shared_servers())
    assert scores(result) == {"training": 20, "curves": 0}
    assert result.pending == 10
    told = [each.message for each in result.exercises[1].checks if "noseaborn" in each.message]
    assert told
    assert all("may draw" in each for each in told)


def test_what_was_lacking_is_kept_with_the_answers(tmp_path: Path) -> None:
    """Judged again, on whatever machine, a submission lacks what it lacked where it ran."""
    path = tmp_path / "submission.ipynb"
    newer = "try:\n    pass\nexcept ValueError, OSError:\n    pass\n"
    double = "import nopandas\ndef double(n):\n    return nopandas.x * n"
    write(path, [double, newer + TRIPLE])
    assignment = load(declare(tmp_path / "tiny"))
    kept: list[bytes] = []
    first = grade(read(path), assignment, keep=kept.append)
    recording = unpacked(kept[0], path)
    again = judged_again(recording, assignment)
    assert again is not None
    assert again.pending == first.pending
    assert first.pending == (5 if sys.version_info < (3, 14) else 2)
    assert [models.plain(each) for each in again.exercises] == [
        models.plain(each) for each in first.exercises
    ]
    recording.run.lacking = frozenset()
    elsewhere = judged_again(recording, assignment)
    assert elsewhere is not None
    assert elsewhere.exercises[0].checks[0].status == "failed"
