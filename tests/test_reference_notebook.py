"""The reference of nn_from_scratch does what its notebook promises."""

import ast
import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from numpy.typing import NDArray

from grader.authoring.release.student_notebook import read_reference, student_notebook
from grader.i18n import languages

FOLDER = Path(__file__).parent.parent / "reference" / "nn_from_scratch"
PROVIDED = ("layer-sequential", "softmax-crossentropy")
CHECKS = ("axes", "identity-network", "loss-check", "linear-check", "relu-check")

Array = NDArray[np.floating[Any]]

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from([np.float32, np.float64])


def cells_of(notebook: NotebookNode) -> dict[str, str]:
    """Return the sources of the code cells by id."""
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def run(notebook: NotebookNode, *ids: str) -> dict[str, Any]:
    """Run some cells of a notebook in this process and return what they define."""
    sources = cells_of(notebook)
    names: dict[str, Any] = {"np": np}
    for cell_id in ids:
        exec(compile(sources[cell_id], cell_id, "exec"), names)  # noqa: S102 - our own notebook
    return names


REFERENCE = read_reference(FOLDER / "solution.ipynb")
NAMES = run(REFERENCE, *PROVIDED, "linear", "relu")


def normal(seed: int, *shape: int, dtype: type = np.float64) -> Array:
    """Return an array of normal numbers drawn from `seed`."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def linear_layer(n_in: int, n_out: int, learning_rate: float = 0.1) -> Any:
    """Return a reference Linear with weights and biases of ordinary size."""
    layer = NAMES["Linear"](n_in, n_out, learning_rate=learning_rate)
    layer.W, layer.b = normal(1, n_in, n_out), normal(2, n_out)
    return layer


class TestInterface:
    def test_signatures(self) -> None:
        """Classes, methods and functions have the names and parameters that graders rely on."""
        found: dict[str, str] = {}
        for cell_id in (*PROVIDED, "linear", "relu"):
            for node in ast.parse(cells_of(REFERENCE)[cell_id]).body:
                if isinstance(node, ast.FunctionDef):
                    found[node.name] = ast.unparse(node.args)
                if isinstance(node, ast.ClassDef):
                    for method in node.body:
                        if isinstance(method, ast.FunctionDef):
                            found[f"{node.name}.{method.name}"] = ast.unparse(method.args)
        answers = "logits, reference_answers"
        assert found == {
            "Layer.forward": "self, input",
            "Layer.backward": "self, grads",
            "Sequential.__init__": "self, layers",
            "Sequential.forward": "self, input",
            "Sequential.backward": "self, grads",
            "log_softmax": "logits",
            "softmax_crossentropy_with_logits": answers,
            "grad_softmax_crossentropy_with_logits": answers,
            "Linear.__init__": "self, in_channels, out_channels, learning_rate=0.1",
            "Linear.forward": "self, x",
            "Linear.backward": "self, grad",
            "ReLU.forward": "self, input",
            "ReLU.backward": "self, grad",
        }

    @pytest.mark.parametrize(
        ("cell_id", "names"),
        [
            ("data", {"transform", "train_dataset", "test_dataset", "train_loader", "test_loader"}),
            ("train-loop", {"network", "epochs", "logs"}),
        ],
    )
    def test_names(self, cell_id: str, names: set[str]) -> None:
        """The data and the training leave their results under the names that graders look for."""
        defined = {
            getattr(node, "id", None) or getattr(node, "name", None)
            for node in ast.walk(ast.parse(cells_of(REFERENCE)[cell_id]))
            if isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        }
        assert names <= defined

    def test_network_and_batches_are_as_announced(self) -> None:
        """Training is 784-40-40-10 for 10 epochs, in batches of 32."""
        sources = cells_of(REFERENCE)
        layers = re.findall(r"(Linear|ReLU)\(([^)]*)\)", sources["train-loop"])
        expected = [("Linear", "784, 40"), ("ReLU", ""), ("Linear", "40, 40"), ("ReLU", "")]
        assert layers == [*expected, ("Linear", "40, 10")]
        assert "epochs = 10\n" in sources["train-loop"]
        assert sources["data"].count("batch_size=32") == 2

    @pytest.mark.parametrize("cell_id", CHECKS)
    def test_provided_checks_pass(self, cell_id: str) -> None:
        """The reference passes the notebook's own checks."""
        run(REFERENCE, *PROVIDED, "linear", "relu", cell_id)

    def test_student_notebook_asks_for_the_layers(self) -> None:
        """In the student notebook the layers can be made, and say what is missing when used."""
        names = run(student_notebook(REFERENCE), *PROVIDED, "linear", "relu")
        x = np.ones((4, 3))
        for layer in (names["Linear"](3, 2), names["ReLU"]()):
            for method in (layer.forward, layer.backward):
                with pytest.raises(NotImplementedError, match=r"Your code: .*the "):
                    method(x)

    @pytest.mark.parametrize("cell_id", ["learning-curves", "predictions"])
    def test_student_notebook_asks_for_the_figures(self, cell_id: str) -> None:
        """In the student notebook the cells of the figures say what is missing."""
        with pytest.raises(NotImplementedError, match="Your code: "):
            run(student_notebook(REFERENCE), cell_id)

    def test_pictures_can_be_edited(self) -> None:
        """Each picture has a description and is a PNG that carries the SVG it was made from."""
        image_module = pytest.importorskip("PIL.Image")
        found = [
            match
            for cell in REFERENCE.cells
            for match in re.finditer(r"!\[(.+?)\]\(data:image/png;base64,(.+?)\)", cell.source)
        ]
        # Each is there once for the readers of each language.
        assert len(found) == 3 * len(languages())
        assert len({match[2] for match in found}) == 3
        for match in found:
            assert len(match[1]) > 80
            with image_module.open(io.BytesIO(base64.b64decode(match[2]))) as picture:
                assert picture.text["svg"].startswith("<svg ")


class TestLinear:
    def test_a_new_layer(self) -> None:
        """W is small and random, b is zero, and no gradient is there yet."""
        layer = NAMES["Linear"](300, 200)
        assert layer.learning_rate == 0.1
        assert layer.W.shape == (300, 200)
        assert 0.009 < layer.W.std() < 0.011
        assert abs(layer.W.mean()) < 0.001
        assert np.array_equal(layer.b, np.zeros(200))
        assert (layer.grad_W, layer.grad_b, layer.grad) == (None, None, None)

    @given(batch=sizes, n_in=sizes, n_out=sizes, seed=seeds, dtype=dtypes)
    def test_forward(self, batch: int, n_in: int, n_out: int, seed: int, dtype: type) -> None:
        """Each output is a weighted sum of that row's inputs plus a bias."""
        layer = linear_layer(n_in, n_out)
        x = normal(seed, batch, n_in, dtype=dtype)
        expected = [
            [sum(x[k, i] * layer.W[i, j] for i in range(n_in)) + layer.b[j] for j in range(n_out)]
            for k in range(batch)
        ]
        np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-6, atol=1e-6)

    @given(batch=sizes, n_in=sizes, n_out=sizes, seed=seeds)
    def test_gradients(self, batch: int, n_in: int, n_out: int, seed: int) -> None:
        """The three gradients are the derivatives of sum(forward(x) * upstream).

        The sum is linear in x, W and b each, so that a central difference with a
        step of 1 is exact up to rounding.
        """
        layer = linear_layer(n_in, n_out, learning_rate=0.0)
        x, upstream = normal(seed, batch, n_in), normal(seed + 1, batch, n_out)

        def slope(array: Array, index: tuple[int, ...]) -> float:
            ends = []
            for step in (1.0, -2.0):
                array[index] += step
                ends.append(float(np.sum(layer.forward(x) * upstream)))
            array[index] += 1.0
            return (ends[0] - ends[1]) / 2

        expected = [
            np.array([slope(array, index) for index in np.ndindex(array.shape)]).reshape(
                array.shape
            )
            for array in (layer.W, layer.b, x)
        ]
        layer.forward(x)
        returned = layer.backward(upstream)
        assert returned is layer.grad
        for found, wanted in zip((layer.grad_W, layer.grad_b, returned), expected, strict=True):
            assert found.shape == wanted.shape
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)

    @given(learning_rate=st.floats(0.001, 10.0), seed=seeds)
    def test_step(self, learning_rate: float, seed: int) -> None:
        """W and b move against their gradients, and dL/dx belongs to the weights before."""
        layer = linear_layer(3, 2, learning_rate=learning_rate)
        weights, biases = layer.W.copy(), layer.b.copy()
        x, upstream = normal(seed, 4, 3), normal(seed + 1, 4, 2)
        layer.forward(x)
        returned = layer.backward(upstream)
        np.testing.assert_allclose(returned, np.einsum("kj,ij->ki", upstream, weights))
        np.testing.assert_allclose(
            layer.W, weights - learning_rate * np.einsum("ki,kj->ij", x, upstream)
        )
        np.testing.assert_allclose(layer.b, biases - learning_rate * np.einsum("kj->j", upstream))

    def test_calls_are_independent(self) -> None:
        """Nothing accumulates over calls, and no argument is changed."""
        layer = linear_layer(3, 2, learning_rate=0.0)
        for seed, batch in ((3, 4), (5, 6)):
            x, upstream = normal(seed, batch, 3), normal(seed + 1, batch, 2)
            x.flags.writeable = upstream.flags.writeable = False
            layer.forward(x)
            layer.backward(upstream)
            np.testing.assert_allclose(layer.grad_W, np.einsum("ki,kj->ij", x, upstream))


class TestReLU:
    @given(shape=st.lists(sizes, min_size=1, max_size=4), seed=seeds, dtype=dtypes)
    def test_forward_and_backward(self, shape: list[int], seed: int, dtype: type) -> None:
        """Positive numbers and their gradients pass, others are stopped, in any shape."""
        x, upstream = normal(seed, *shape, dtype=dtype), normal(seed + 1, *shape, dtype=dtype)
        x.flags.writeable = upstream.flags.writeable = False
        relu = NAMES["ReLU"]()
        relu.forward(-x)
        output = relu.forward(x)
        gradient = relu.backward(upstream)
        assert np.array_equal(output, np.where(x > 0, x, 0))
        assert np.array_equal(gradient, np.where(x > 0, upstream, 0))
        assert output.dtype == gradient.dtype == dtype


class TestLoss:
    @given(batch=sizes, classes=st.integers(2, 6), seed=seeds, dtype=dtypes)
    def test_loss_is_the_mean_surprise(
        self, batch: int, classes: int, seed: int, dtype: type
    ) -> None:
        """The loss is the mean of -log softmax at the right class; its gradient follows it."""
        logits = normal(seed, batch, classes, dtype=dtype)
        answers = np.random.default_rng(seed).integers(0, classes, size=batch)
        softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        surprise = [-np.log(softmax[k, answers[k]]) for k in range(batch)]
        truth = np.eye(classes)[answers]
        before = logits.copy()

        loss = NAMES["softmax_crossentropy_with_logits"](logits, answers)
        gradient = NAMES["grad_softmax_crossentropy_with_logits"](logits, answers)
        np.testing.assert_allclose(loss, sum(surprise) / batch, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(gradient, (softmax - truth) / batch, rtol=1e-5, atol=1e-6)
        assert np.array_equal(logits, before)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_huge_logits(self, dtype: type) -> None:
        """Scores of 1e4 neither overflow nor divide by zero, and give the exact limits."""
        logits: Array = np.array([[1e4, 0.0, -1e4], [-1e4, 1e4, 1e4]], dtype=dtype)
        answers = np.array([1, 2])
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            loss = NAMES["softmax_crossentropy_with_logits"](logits, answers)
            gradient = NAMES["grad_softmax_crossentropy_with_logits"](logits, answers)
        np.testing.assert_allclose(loss, (1e4 + np.log(2)) / 2, rtol=1e-6)
        np.testing.assert_allclose(gradient, [[0.5, -0.5, 0.0], [0.0, 0.25, -0.25]], atol=1e-7)


def test_a_small_network_learns() -> None:
    """Layers, chain and loss together learn to tell two noisy classes apart."""
    rng = np.random.default_rng(0)
    np.random.seed(0)  # the layers draw from numpy's global state
    network = NAMES["Sequential"]([NAMES["Linear"](5, 8), NAMES["ReLU"](), NAMES["Linear"](8, 2)])
    for layer in (network.layers[0], network.layers[2]):
        layer.W *= 30
    labels = rng.integers(0, 2, size=64)
    x = rng.normal(size=(64, 5)) + 2.0 * labels[:, None]
    losses = []
    for _ in range(100):
        logits = network.forward(x)
        losses.append(NAMES["softmax_crossentropy_with_logits"](logits, labels))
        network.backward(NAMES["grad_softmax_crossentropy_with_logits"](logits, labels))
    assert losses[-1] < 0.1 < losses[0]
