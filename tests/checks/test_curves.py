"""Which drawings count as learning curves."""

import textwrap
from functools import partial

import pytest

from reference.nn_from_scratch.curves import find_curve
from tests.drawing import Verdict, verdicts

# One training serves all snippets.
pytestmark = pytest.mark.xdist_group("curves")

PASSED, FAILED, REVIEW = "passed", "failed", "review"

# Sources of a cell after training; `logs` holds three epochs of test batches.
RIGHT = {
    "a figure for each": """
        plt.plot(logs["loss"]); plt.title("loss"); plt.show()
        plt.plot(logs["acc"]); plt.title("accuracy"); plt.show()
    """,
    "two axes with one x": """
        fig, ax = plt.subplots()
        ax.plot(logs["loss"], "r"); ax.set_ylabel("loss")
        twin = ax.twinx(); twin.plot(logs["acc"], "b"); twin.set_ylabel("accuracy")
    """,
    "two axes with one x, without words": """
        fig, ax = plt.subplots(); ax.plot(logs["loss"]); ax.twinx().plot(logs["acc"])
    """,
    "both in one axes": """
        plt.plot(logs["loss"], label="loss"); plt.plot(logs["acc"], label="acc"); plt.legend()
    """,
    "both in one axes, without words": """
        plt.plot(logs["loss"]); plt.plot(logs["acc"])
    """,
    "both in one axes, named by the legend alone": """
        plt.plot(logs["acc"]); plt.plot(logs["loss"]); plt.legend(["Accuracy", "Loss"])
    """,
    "both in one axes under one title": """
        plt.plot(logs["acc"]); plt.plot(logs["loss"]); plt.title("Accuracy and loss")
    """,
    "subplots": """
        for i, key in enumerate(logs):
            plt.subplot(1, 2, i + 1); plt.plot(logs[key]); plt.title(key)
    """,
    "only axis labels": """
        fig, axes = plt.subplots(2)
        for ax, key in zip(axes, logs): ax.plot(logs[key]); ax.set_ylabel(key)
    """,
    "no words at all": """
        fig, axes = plt.subplots(2)
        for ax, key in zip(axes, logs): ax.plot(logs[key])
    """,
    "a loss on a logarithmic scale": """
        plt.semilogy(logs["loss"]); plt.figure(); plt.semilogx(logs["acc"])
    """,
    "per cent": """
        plt.plot(logs["loss"], label="loss"); plt.legend(); plt.figure()
        plt.plot(100 * np.array(logs["acc"]), label="accuracy, %"); plt.legend()
    """,
    "per cent, without words": """
        plt.plot(logs["loss"]); plt.figure(); plt.plot(100 * np.array(logs["acc"]))
    """,
    "smoothed": """
        window = np.ones(50) / 50
        for key in logs:
            plt.figure(); plt.plot(np.convolve(logs[key], window, "valid")); plt.title(key)
    """,
    "smoothed to the ends, which fall": """
        window = np.ones(100) / 100
        for key in logs:
            plt.figure(); plt.plot(np.convolve(logs[key], window, "same")); plt.title(key)
    """,
    "smoothed with gaps at the start, as pandas does": """
        for key in logs:
            y = np.convolve(logs[key], np.ones(100) / 100, "valid")
            plt.figure(); plt.plot(np.concatenate([np.full(99, np.nan), y])); plt.title(key)
    """,
    "a running mean since the start": """
        for key in logs:
            plt.figure(); plt.title(key)
            plt.plot(np.cumsum(logs[key]) / np.arange(1, len(logs[key]) + 1))
    """,
    "a mean of each epoch": """
        for key in logs:
            plt.figure(); plt.plot(np.array(logs[key]).reshape(epochs, -1).mean(axis=1), "o-")
            plt.title(key)
    """,
    "a mean of each epoch, without words": """
        n = len(test_loader)
        means = {k: [np.mean(v[i * n:(i + 1) * n]) for i in range(epochs)] for k, v in logs.items()}
        plt.plot(means["loss"]); plt.figure(); plt.plot(means["acc"])
    """,
    "a line for each epoch": """
        fig, axes = plt.subplots(1, 2)
        for ax, key in zip(axes, logs):
            for epoch, line in enumerate(np.array(logs[key]).reshape(epochs, -1)):
                ax.plot(line, label=f"epoch {epoch}")
            ax.set_title(key); ax.legend()
    """,
    "training and test": """
        lower = 0.9 * np.array(logs["loss"]); higher = 1.05 * np.array(logs["acc"])
        for test, train, name in [(logs["loss"], lower, "Loss"), (logs["acc"], higher, "Accuracy")]:
            plt.figure(); plt.plot(train, label="train"); plt.plot(test, label="test")
            plt.title(name); plt.legend()
    """,
    "Russian words": """
        fig, (a, b) = plt.subplots(1, 2)
        a.plot(logs["acc"]); a.set_title("Точность"); a.set_xlabel("шаг")
        b.plot(logs["loss"]); b.set_title("Функция потерь"); b.set_xlabel("шаг")
    """,
    "Russian slang": """
        plt.plot(logs["loss"], label="лосс"); plt.plot(logs["acc"], label="точность"); plt.legend()
    """,
    "points": """
        fig, (a, b) = plt.subplots(1, 2); a.plot(logs["acc"], "o"); b.plot(logs["loss"], ".")
    """,
    "steps": """
        fig, (a, b) = plt.subplots(1, 2)
        a.step(range(len(logs["acc"])), logs["acc"]); b.step(range(len(logs["loss"])), logs["loss"])
    """,
    "error bars": """
        for key in logs:
            y = np.array(logs[key]).reshape(epochs, -1)
            plt.figure(); plt.errorbar(range(epochs), y.mean(1), y.std(1)); plt.ylabel(key)
    """,
    "a band around a line": """
        for key in logs:
            y = np.array(logs[key]).reshape(epochs, -1); x = np.arange(epochs)
            plt.figure(); plt.plot(x, y.mean(1)); plt.title(key)
            plt.fill_between(x, y.mean(1) - y.std(1), y.mean(1) + y.std(1), alpha=0.3)
    """,
    "marks at the epochs and at the aim": """
        for key in logs:
            plt.figure(); plt.plot(logs[key]); plt.title(key)
            for epoch in range(epochs): plt.axvline(epoch * len(test_loader))
            plt.axhline(0.86, label="aim")
    """,
    "saved and closed": """
        plt.plot(logs["loss"]); plt.savefig("loss.png"); plt.close()
        plt.plot(logs["acc"]); plt.savefig("acc.png"); plt.close("all")
    """,
    "shown by a function": """
        def show(values, name):
            plt.figure(figsize=(8, 3)); plt.plot(values); plt.title(name); plt.grid(); plt.show()
        show(logs["loss"], "Cross-entropy"); show(logs["acc"], "Acc")
    """,
    "without pyplot": """
        from matplotlib.figure import Figure
        figure = Figure(); a, b = figure.subplots(1, 2)
        a.plot(logs["loss"]); b.plot(logs["acc"]); figure.savefig("curves.png")
    """,
    "with a style": """
        plt.style.use("ggplot")
        with plt.style.context("dark_background"):
            fig, axes = plt.subplots(1, 2)
            for ax, key in zip(axes, logs):
                ax.plot(logs[key], lw=0.5); ax.set(title=key, ylim=(0, 1))
    """,
    "logs under another name": """
        history = {"val_loss": logs["loss"], "val_accuracy": logs["acc"]}
        del logs
        for name, values in history.items(): plt.figure(); plt.plot(values); plt.title(name)
    """,
    "a list instead of a dictionary": """
        losses, accs = [np.float32(x) for x in logs["loss"]], tuple(logs["acc"])
        plt.plot(losses, label="loss"); plt.plot(accs, label="accuracy"); plt.legend()
    """,
    "drawn anew while learning": """
        for end in range(100, len(logs["loss"]) + 1, 200):
            fig, axes = plt.subplots(1, 2)
            for ax, key in zip(axes, logs): ax.plot(logs[key][:end]); ax.set_title(key)
            plt.show()
    """,
    "more beside them": """
        plt.hist(logs["acc"]); plt.title("accuracy"); plt.show()
        for key in logs: plt.plot(logs[key]); plt.title(key); plt.show()
        plt.imshow(network.layers[0].W); plt.colorbar(); plt.show()
    """,
    "all numbers in text that is no text": """
        plt.plot(np.array([str(x) for x in logs["loss"]]).astype(float)); plt.title(r"$L_{CE}$")
        plt.figure(); plt.plot(logs["acc"]); plt.title("$\\\\frac{1}{n}\\\\sum$")
    """,
}


# What each comes to for the loss and for the accuracy.
OTHERS = {
    "nothing": ("x = 1", FAILED, FAILED),
    "an empty figure": ("plt.figure(); plt.title('loss and accuracy')", FAILED, FAILED),
    "empty axes": ("plt.subplots(1, 2)", FAILED, FAILED),
    "empty lines": ("plt.plot([], label='loss'); plt.plot([], label='acc')", FAILED, FAILED),
    "only the loss": ("plt.plot(logs['loss']); plt.title('loss')", PASSED, FAILED),
    "only the loss, without words": ("plt.plot(logs['loss'])", PASSED, FAILED),
    "only the accuracy": ("plt.plot(logs['acc'], label='acc'); plt.legend()", FAILED, PASSED),
    "the accuracy twice": (
        "for name in ('train', 'test'): plt.plot(logs['acc'], label=name); plt.title('acc')",
        FAILED,
        PASSED,
    ),
    "only the loss, the accuracy as an aim": (
        "plt.plot(logs['loss']); plt.axhline(0.86, label='accuracy'); plt.legend()",
        PASSED,
        FAILED,
    ),
    "an error before the accuracy": (
        "plt.plot(logs['loss']); plt.figure(); plt.plot(logs['accuracy'].values)",
        PASSED,
        FAILED,
    ),
    "not a number": (
        "for key in logs: plt.plot(np.array(logs[key]) * np.nan); plt.title(key)",
        FAILED,
        FAILED,
    ),
    "infinite": ("for key in logs: plt.plot([np.inf] * 9, label=key)", FAILED, FAILED),
    "astronomic": ("for key in logs: plt.plot([1e300, -1e300, 1e308], label=key)", FAILED, FAILED),
    "one value, again and again": (
        "for key in logs: plt.figure(); plt.plot([np.mean(logs[key][-313:])] * 10); plt.title(key)",
        FAILED,
        FAILED,
    ),
    "the numbers of the steps": (
        "for key in logs: plt.figure(); plt.plot(np.arange(100)); plt.title(key)",
        FAILED,
        FAILED,
    ),
    "the numbers of the steps, called accuracy in per cent": (
        "plt.plot(np.arange(77)); plt.title('accuracy, %')",
        FAILED,
        FAILED,
    ),
    "weights": (
        "for key in logs: plt.figure(); plt.plot(network.layers[0].W); plt.title(key)",
        FAILED,
        FAILED,
    ),
    "weights without words": ("plt.plot(network.layers[2].W)", FAILED, FAILED),
    "pictures with lines over them": (
        "plt.imshow(test_dataset[0][0].reshape(28, 28)); plt.plot([1, 5, 9], [0.2, 0.5, 0.75])",
        FAILED,
        FAILED,
    ),
    "named the wrong way round": (
        "plt.plot(logs['loss'], label='accuracy'); plt.plot(logs['acc'], label='loss')",
        REVIEW,
        REVIEW,
    ),
    "made up": (
        """
        plt.plot(2.3 * np.exp(-np.arange(10)) + 0.2, label="loss")
        plt.plot(0.99 - 0.8 * np.exp(-np.arange(10)), label="accuracy")
        """,
        REVIEW,
        REVIEW,
    ),
    "a loss summed over batches": (
        "plt.plot(np.array(logs['loss']) * 313); plt.title('loss')",
        REVIEW,
        FAILED,
    ),
    "the logarithm of the loss": (
        "plt.plot(np.log(np.array(logs['loss']) / 9)); plt.ylabel('log loss')",
        REVIEW,
        FAILED,
    ),
    "right answers counted": (
        "plt.plot(np.array(logs['acc']) * 10_000); plt.title('accuracy')",
        FAILED,
        REVIEW,
    ),
    "one point each": (
        "for key in logs: plt.figure(); plt.plot(np.mean(logs[key][-313:]), 'o'); plt.title(key)",
        REVIEW,
        REVIEW,
    ),
    "one against the other": ("plt.plot(logs['loss'], logs['acc'])", FAILED, REVIEW),
    "most of it missing": (
        """
        for key in logs:
            y = np.full(len(logs[key]), np.nan); y[::10] = logs[key][::10]
            plt.figure(); plt.plot(y); plt.title(key)
        """,
        REVIEW,
        REVIEW,
    ),
    "scattered": (
        "for key in logs: plt.figure(); plt.scatter(range(len(logs[key])), logs[key])",
        REVIEW,
        REVIEW,
    ),
    "scattered and named": (
        "plt.scatter(range(939), logs['loss']); plt.title('loss')",
        REVIEW,
        FAILED,
    ),
    "bars": (
        """
        for key in logs:
            plt.figure(); plt.bar(range(3), np.reshape(logs[key], (3, -1)).mean(1)); plt.title(key)
        """,
        REVIEW,
        REVIEW,
    ),
    "an area": (
        "for key in logs: plt.figure(); plt.fill_between(range(939), logs[key]); plt.title(key)",
        REVIEW,
        REVIEW,
    ),
    "a missing module for one of them": (
        "plt.plot(logs['loss']); import seaborn_does_not_exist as sns; sns.lineplot(logs['acc'])",
        PASSED,
        REVIEW,
    ),
}


def draw(body: str) -> str:
    """Return the body of a snippet as a cell."""
    return textwrap.dedent(body).strip()


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[Verdict, ...]]:
    """Return what all snippets come to, for the loss and for the accuracy."""
    snippets = {**RIGHT, **{name: source for name, (source, *_) in OTHERS.items()}}
    judges = (partial(find_curve, "loss"), partial(find_curve, "accuracy"))
    return verdicts({name: draw(source) for name, source in snippets.items()}, *judges)


@pytest.mark.parametrize("name", RIGHT)
def test_the_loss_and_the_accuracy_count_however_they_are_drawn(
    found: dict[str, tuple[Verdict, ...]], name: str
) -> None:
    """Lines of what the training logged are taken for what they are."""
    assert found[name] == ((PASSED, ""), (PASSED, ""))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_curve_does_not_count(found: dict[str, tuple[Verdict, ...]], name: str) -> None:
    """What is not there fails, and what cannot be told is left to a person."""
    _, *statuses = OTHERS[name]
    assert [status for status, _ in found[name]] == statuses, found[name]
