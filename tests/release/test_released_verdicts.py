"""What a student's repository tells: a verdict wherever the student's own code decides it."""

import lzma
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment.loading import load
from grader.assignment.model import ANSWERS, PUBLIC
from grader.grading import Options, grade
from grader.judging.answer_key import Publication, lasting_key, publication
from grader.judging.judges import judged_alone
from grader.notebook.reading import read
from grader.results.model import ExerciseResult
from grader.scenario import Call, Scenario, Set
from grader.subjects.reference import performing
from tests import tiny_release
from tests.notebooks import ROOT
from tests.tiny_release import RIGHT, SQUARED, notebook

RELEASED = ROOT / "assignments" / "nn_from_scratch"

LINEAR = """\
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))
        self.b = np.zeros(out_channels)
        self.grad_W = self.grad_b = self.grad = None

    {forward}

    def backward(self, grad):
        return grad
"""

NEVER_RIGHT = {
    "not written": "def forward(self, x):\n        raise NotImplementedError('Your code')",
    "factors swapped": "def forward(self, x):\n        return self.W @ x + self.b",
    "self misspelt": "def forward(slef, x):\n        return x @ self.W + self.b",
    "no self": "def forward(x):\n        return x @ self.W + self.b",
    "unknown name": "def forward(self, x):\n        return x @ self.W + bias",
    "attribute misspelt": "def forward(self, x):\n        return x @ self.weight + self.b",
    "pass": "def forward(self, x):\n        pass",
    "no return": "def forward(self, x):\n        y = x @ self.W + self.b",
    "zeros": "def forward(self, x):\n        return np.zeros((len(x), len(self.b)))",
    "input handed on": "def forward(self, x):\n        return x",
    "a list": "def forward(self, x):\n        return ['y']",
    "softmax": (
        "def forward(self, x):\n        e = np.exp(x @ self.W + self.b)\n"
        "        return e / e.sum(axis=1, keepdims=True)"
    ),
}


def linear(source: str) -> ExerciseResult:
    """Return what the released folder makes of a class alone."""
    released = load(RELEASED)
    exercise = next(each for each in released.exercises if each.id == "linear")
    return judged_alone(exercise, released, performing(["import numpy as np", source], "a layer"))


@pytest.mark.parametrize("forward", NEVER_RIGHT.values(), ids=NEVER_RIGHT)
def test_a_forward_that_never_answers_right_has_failed(forward: str) -> None:
    """It is told which check fails and why, and nothing waits for the submission."""
    result = linear(LINEAR.format(forward=forward))
    assert not any(check.after_submission for check in result.checks)
    failed = [check for check in result.checks if check.status == "failed"]
    assert failed[0].id.startswith("forward")
    assert failed[0].evidence is not None
    assert sum(check.points for check in result.checks) < 20


SQUEEZED = """\
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.learning_rate = learning_rate
        self.W = 0.01 * np.random.normal(size=(in_channels, out_channels))
        self.b = np.zeros(out_channels)
        self.grad_W = self.grad_b = self.grad = None

    def forward(self, x):
        self.x = x
        y = np.squeeze(x @ self.W + self.b)
        assert y.ndim == 2
        return y

    def backward(self, grad):
        self.grad_W, self.grad_b = self.x.T @ grad, grad.sum(axis=0)
        self.grad = grad @ self.W.T
        self.W = self.W - self.learning_rate * self.grad_W
        self.b = self.b - self.learning_rate * self.grad_b
        return self.grad
"""


def test_what_fails_only_at_a_size_of_one_costs_as_much_as_officially() -> None:
    """A layer that gives no answer for one row or one output is judged by its other answers."""
    official = load(ROOT / "reference" / "nn_from_scratch")
    exercise = next(each for each in official.exercises if each.id == "linear")
    student = performing(["import numpy as np", SQUEEZED], "a layer")
    there = judged_alone(exercise, official, student)
    here = linear(SQUEEZED)
    assert here.score == there.score > 30
    assert [each.status for each in here.checks] == [each.status for each in there.checks]


def test_weights_kept_elsewhere_still_wait() -> None:
    """A layer that goes by weights of its own may be right: only the reference can tell."""
    result = linear("""\
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.rate, self.grad_W, self.grad_b = learning_rate, None, None
        self.weights = 0.1 * np.random.normal(size=(in_channels, out_channels))
        self.bias = np.zeros(out_channels)

    W = property(lambda self: self.weights.copy(), lambda self, value: None)
    b = property(lambda self: self.bias.copy(), lambda self, value: None)

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, grad):
        back = grad @ self.weights.T
        self.grad_W, self.grad_b = self.x.T @ grad, grad.sum(axis=0)
        self.weights = self.weights - self.rate * self.grad_W
        self.bias = self.bias - self.rate * self.grad_b
        return back
""")
    assert not [check.id for check in result.checks if check.status == "failed"]
    assert any(check.after_submission for check in result.checks)


def test_the_untouched_notebook_is_told_what_to_write(tmp_path: Path) -> None:
    """Graded from its folder, what is not written has failed: nothing waits for the submission."""
    done = read(RELEASED / "nn_from_scratch.ipynb")
    result = grade(done, load(RELEASED), Options(only=("linear", "relu")))
    assert (result.score, result.pending) == (0, 0)
    messages = [check.message for each in result.exercises for check in each.checks]
    assert any("NotImplementedError: Your code" in each for each in messages)


LAST_PLACES = st.integers(-4, 4)


@given(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=6),
    st.lists(LAST_PLACES, min_size=6, max_size=6),
)
def test_recorded_answers_are_found_by_other_machines(
    numbers: list[float], places: list[int]
) -> None:
    """Inputs that another machine computes a few units in the last place apart are the same."""
    # As in the cases of assignments: numbers that lie nowhere near where rounding tips over.
    x = np.array(numbers, np.float32).astype(np.float64)
    moved = np.where(x == 0, x, x + np.array(places[: len(x)]) * np.spacing(x))
    one, other = (
        Scenario(Set("layer", "b", float(each[0])), Call("y", "layer", "forward", [each]))
        for each in (x, moved)
    )
    assert lasting_key(one) == lasting_key(other)


def test_other_questions_have_other_keys() -> None:
    """Whatever tells two questions apart is in the key: numbers, dtype, layout, writability."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    locked = x.copy()
    locked.flags.writeable = False
    others = [x, x + 1e-5, x.astype(np.float32), np.asfortranarray(x), locked, x.astype(int), 1.0]
    keys = {lasting_key(Scenario(Call("y", "layer", "forward", [each]))) for each in others}
    assert len(keys) == len(others)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny release."""
    return tiny_release.released(tmp_path_factory.mktemp("course"))


def doubling(folder: Path) -> ExerciseResult:
    """Return what the tiny assignment in `folder` makes of a known mistake."""
    exercise = load(folder).exercises[0]
    return judged_alone(exercise, load(folder), performing(["import numpy as np", *SQUARED], "it"))


def rewritten(folder: Path, changed: Publication) -> None:
    """Write other recorded answers into a folder."""
    (folder / PUBLIC / ANSWERS).write_bytes(changed.packed())


def test_answers_that_are_not_found_cost_a_name_and_no_verdict(tiny: Path) -> None:
    """Where a question was not recorded, the others decide; nothing fails for it."""
    kept = publication(tiny / PUBLIC / ANSWERS)
    pool = kept.pools["doubled"]
    lacking = replace(pool, keys=["0" * 16, *pool.keys[1:]])
    before = (tiny / PUBLIC / ANSWERS).read_bytes()
    try:
        rewritten(tiny, replace(kept, pools={**kept.pools, "doubled": lacking}, places={}))
        check = doubling(tiny).checks[0]
    finally:
        (tiny / PUBLIC / ANSWERS).write_bytes(before)
    assert check.status == "failed"
    assert not check.after_submission


def test_answers_of_the_first_version_are_still_read(tiny: Path) -> None:
    """A folder that was released earlier goes on working, and names mistakes."""
    kept = publication(tiny / PUBLIC / ANSWERS)
    exercise = load(tiny).exercises[0]
    kind = exercise.checks[0].case
    assert kind is not None
    cases = kept.drawn(kind, 0)
    exact = {lasting_key(each): each.key for case in cases for each in case.questions()}
    pools = {
        id_: replace(
            pool,
            keys=[exact.get(key, key) for key in pool.keys],
            mistakes=[replace(each, examples={}) for each in pool.mistakes],
        )
        for id_, pool in kept.pools.items()
    }
    before = (tiny / PUBLIC / ANSWERS).read_bytes()
    try:
        rewritten(tiny, replace(kept, version=1, pools=pools, places={}))
        assert lzma.decompress((tiny / PUBLIC / ANSWERS).read_bytes()).count(b'"version",1')
        result = doubling(tiny)
    finally:
        (tiny / PUBLIC / ANSWERS).write_bytes(before)
    assert result.mistake is not None
    assert result.mistake.name == "squared"


def test_a_known_mistake_is_shown_as_officially(tiny: Path) -> None:
    """The same checks, the same name, and the example to which official grading shrinks."""
    instructors = load(tiny.parent.parent / "reference" / "tiny")
    mistake = performing(["import numpy as np", *SQUARED], "it")
    official = judged_alone(instructors.exercises[0], instructors, mistake)
    here = doubling(tiny)
    assert here.mistake == official.mistake
    assert [each.status for each in here.checks] == ["failed", "review"]
    assert here.checks[0].evidence == official.checks[0].evidence


def test_a_right_notebook_keeps_its_points(tiny: Path, tmp_path: Path) -> None:
    """What is public passes by the recorded answers alone."""
    done = read(notebook(tmp_path / "tiny.ipynb", ["import numpy as np", *RIGHT]))
    assert grade(done, load(tiny)).exercises[0].checks[0].status == "passed"
