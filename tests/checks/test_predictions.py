"""Which drawings count as predictions shown beside the truth."""

import textwrap

import pytest

from reference.nn_from_scratch.predictions import find_images, find_labels
from tests.drawing import Verdict, verdicts

# One training serves all snippets.
pytestmark = pytest.mark.xdist_group("predictions")

PASSED, FAILED, REVIEW = "passed", "failed", "review"

# What most snippets start from: eight test images, two of which the network takes for others.
START = """
names = test_dataset.classes
everything = test_dataset.data[:1000].numpy().reshape(-1, 784) / 255
answers, truths = network.forward(everything).argmax(axis=1), test_dataset.targets.numpy()[:1000]
wrong, right = np.flatnonzero(answers != truths), np.flatnonzero(answers == truths)
chosen = [*right[:6], *wrong[:2]]
x, p, t = everything[chosen], answers[chosen], truths[chosen]
grey = x.reshape(-1, 28, 28)

def show(title, images=grey, **options):
    figure, axes = plt.subplots(2, 4)
    for i, (ax, image) in enumerate(zip(axes.flat, images)):
        ax.imshow(image, **options)
        title(ax, i)
    return figure

def both(ax, i):
    ax.set_title(f"pred: {p[i]}, true: {t[i]}")
"""

RIGHT = {
    "numbers": "show(both)",
    "names": "show(lambda ax, i: ax.set_title(f'{names[p[i]]} / {names[t[i]]}'))",
    "numbers and nothing else": "show(lambda ax, i: ax.set_title(f'{p[i]} {t[i]}'))",
    "an arrow": "show(lambda ax, i: ax.set_title(f'{t[i]}->{p[i]}'))",
    "numbers and names": """
        show(lambda ax, i: ax.set_title(
            f"predicted: {p[i]} ({names[p[i]]})\\ntrue: {t[i]} ({names[t[i]]})"))
    """,
    "a number for one and a name for the other": """
        show(lambda ax, i: ax.set_title(f"Predicted {p[i]}, true {names[t[i]]}"))
    """,
    "meshes": """
        figure, axes = plt.subplots(2, 4)
        for i, ax in enumerate(axes.flat):
            mesh = ax.pcolormesh(grey[i]); ax.set_title(f"{p[i]} {t[i]}")
            ax.invert_yaxis()
        figure.colorbar(mesh, ax=axes)
    """,
    "meshes the right way up": """
        figure, axes = plt.subplots(2, 4)
        for i, ax in enumerate(axes.flat):
            ax.pcolor(grey[i][::-1]); ax.set_title(f"{p[i]} {t[i]}")
    """,
    "two lines": "show(lambda ax, i: ax.set_title(f'pred {names[p[i]]}\\ntrue {names[t[i]]}'))",
    "names broken into lines": """
        show(lambda ax, i: ax.set_title(f"{names[p[i]]} | {names[t[i]]}".replace(" ", "\\n")))
    """,
    "names in part and in capitals": """
        short = [name.split("/")[0].upper().replace("-", "") for name in names]
        show(lambda ax, i: ax.set_title(f"{short[p[i]]}, really {short[t[i]]}"))
    """,
    "a title and a label": """
        def words(ax, i): ax.set_title(names[p[i]]); ax.set_xlabel(names[t[i]])
        show(words)
    """,
    "a label at the side": """
        def words(ax, i): ax.set_ylabel(f"true {t[i]}"); ax.set_xlabel(f"predicted {p[i]}")
        show(words)
    """,
    "text in the picture": """
        def words(ax, i):
            ax.text(0, 0, f"pred={names[p[i]]}", bbox={}); ax.annotate(f"gt={names[t[i]]}", (9, 9))
        show(words)
    """,
    "titles left and right": """
        def words(ax, i):
            ax.set_title(names[p[i]], loc="left"); ax.set_title(names[t[i]], loc="right")
        show(words)
    """,
    "in colour": """
        show(lambda ax, i: ax.set_title(
            f"{names[p[i]]} ({names[t[i]]})", color="green" if p[i] == t[i] else "red"))
    """,
    "probabilities beside": """
        show(lambda ax, i: ax.set_title(f"{names[p[i]]} {87.5}% 0.87 ({names[t[i]]})"))
    """,
    "positions beside": "show(lambda ax, i: ax.set_title(f'#{i}: pred={p[i]} true={t[i]}'))",
    "Russian captions": """
        show(lambda ax, i: ax.set_title(f"Предсказание: {names[p[i]]}\\nИстина: {names[t[i]]}"))
    """,
    "a formula": "show(lambda ax, i: ax.set_title(rf'$\\hat{{y}}={p[i]}, y={t[i]}$'))",
    "numbers as arrays print them": """
        show(lambda ax, i: ax.set_title(f"{p[i:i+1]} {np.float64(t[i])!r}"))
    """,
    "a figure for each": """
        for i in range(8):
            plt.imshow(grey[i]); plt.title(f"{names[p[i]]} vs {names[t[i]]}"); plt.show()
    """,
    "a figure for each, with a title above the title": """
        for i in range(8):
            plt.imshow(grey[i]); plt.suptitle(names[p[i]]); plt.title(names[t[i]]); plt.show()
    """,
    "saved and closed": "show(both).savefig('predictions.png'); plt.close('all')",
    "without pyplot": """
        from matplotlib.figure import Figure
        figure = Figure()
        for i, ax in enumerate(figure.subplots(2, 4).flat):
            ax.imshow(grey[i]); both(ax, i)
    """,
    "one image": "plt.imshow(grey[0]); plt.title(f'predicted {p[0]}, true {t[0]}')",
    "only mistakes": """
        x, p, t = everything[wrong[:8]], answers[wrong[:8]], truths[wrong[:8]]
        show(both, x.reshape(-1, 28, 28))
    """,
    "only right answers": """
        x, p, t = everything[right[:8]], answers[right[:8]], truths[right[:8]]
        show(both, x.reshape(-1, 28, 28))
    """,
    "training images": """
        x, t = next(iter(train_loader)); p = network.forward(x).argmax(-1)
        show(both, x.reshape(-1, 28, 28))
    """,
    "images as the loader gives them": """
        x, t = next(iter(test_loader)); p = network.forward(x).argmax(-1)
        show(both, x.reshape(-1, 28, 28), cmap="gray_r", vmin=-1, vmax=2)
    """,
    "transposed": "show(both, grey.transpose(0, 2, 1))",
    "bytes": "show(both, (grey * 255).astype(np.uint8))",
    "from -1 to 1": "show(both, 2 * grey.astype(np.float32) - 1)",
    "half precision": "show(both, grey.astype(np.float16))",
    "a negative": "show(both, 1 - grey)",
    "three channels": "show(both, np.repeat(grey[..., None], 3, axis=-1))",
    "four channels": "show(both, plt.cm.gray(grey))",
    "enlarged": "show(both, grey.repeat(3, axis=1).repeat(3, axis=2))",
    "a matrix": """
        for i in range(8): plt.matshow(grey[i]); both(plt.gca(), i); plt.colorbar(); plt.show()
    """,
    "the data once more before": """
        show(lambda ax, i: ax.set_title(names[t[i]])); show(both)
    """,
    "bars of what the network says": """
        figure, axes = plt.subplots(8, 2)
        for i, (left, right_) in enumerate(axes):
            left.imshow(grey[i]); both(left, i)
            right_.bar(range(10), network.forward(x[i:i + 1])[0]); right_.set_title("logits")
    """,
}

# What each comes to for the images and for their labels.
OTHERS = {
    "nothing": ("1", FAILED, FAILED),
    "an empty figure": ("plt.subplots(2, 4)", FAILED, FAILED),
    "labels without images": ("plt.title(f'pred {p[0]}, true {t[0]}')", FAILED, FAILED),
    "no labels": ("show(lambda ax, i: ax.axis('off'))", PASSED, FAILED),
    "titles that name no label": (
        "show(lambda ax, i: ax.set_title('test image'))",
        PASSED,
        FAILED,
    ),
    "only the true label": ("show(lambda ax, i: ax.set_title(names[t[i]]))", PASSED, FAILED),
    "only the true label, as a number and a name": (
        "show(lambda ax, i: ax.set_title(f'{t[i]}: {names[t[i]]}'))",
        PASSED,
        FAILED,
    ),
    "only the true label, and it says so": (
        "show(lambda ax, i: ax.set_title(f'true label: {t[i]}'))",
        PASSED,
        FAILED,
    ),
    "only the predicted label": (
        "show(lambda ax, i: ax.set_title(f'predicted: {names[p[i]]}'))",
        PASSED,
        FAILED,
    ),
    "only the predicted label, in colour": (
        "show(lambda ax, i: ax.set_title(p[i], color='g' if p[i] == t[i] else 'r'))",
        PASSED,
        FAILED,
    ),
    "noise": ("show(both, np.random.rand(8, 28, 28))", FAILED, FAILED),
    "noise that is normal": ("show(both, np.random.randn(8, 28, 28))", FAILED, FAILED),
    "blank": ("show(both, np.zeros((8, 28, 28)))", FAILED, FAILED),
    "a table of confusions": (
        "plt.imshow(np.random.randint(99, size=(10, 10))); plt.title('pred 3, true 5')",
        FAILED,
        FAILED,
    ),
    "the true labels of other images": (
        "t = t[::-1] if (t != t[::-1]).all() else (t + 1) % 10; show(both)",
        PASSED,
        FAILED,
    ),
    "mistakes with their labels exchanged": (
        """
        x, p, t = everything[wrong[:8]], truths[wrong[:8]], answers[wrong[:8]]
        show(both, x.reshape(-1, 28, 28))
        """,
        PASSED,
        FAILED,
    ),
    "predictions that the network does not make": (
        "p = (t + 1) % 10; show(both)",
        PASSED,
        REVIEW,
    ),
    "the true label twice": ("p = t; show(both)", PASSED, REVIEW),
    "the true label where the network was right": (
        """
        show(lambda ax, i: ax.set_title(
            names[t[i]] if p[i] == t[i] else f"{names[p[i]]} instead of {names[t[i]]}"))
        """,
        PASSED,
        REVIEW,
    ),
    "a tick or the true label": (
        """
        show(lambda ax, i: ax.set_title(
            f"{names[p[i]]} \\N{CHECK MARK}" if p[i] == t[i] else f"{names[p[i]]}, wrong"))
        """,
        PASSED,
        REVIEW,
    ),
    "names of their own": (
        """
        own = ["майка", "брюки", "свитер", "платье", "пальто", "сандалии", "рубашка", "кеды",
               "сумка", "ботинки"]
        show(lambda ax, i: ax.set_title(f"Сеть: {own[p[i]]}, на самом деле: {own[t[i]]}"))
        """,
        PASSED,
        REVIEW,
    ),
    "some names of their own": (
        """
        own = ["Tee", "Pants", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Trainer", "Bag",
               "Boot"]
        show(lambda ax, i: ax.set_title(f"{own[p[i]]} / {own[t[i]]}"))
        """,
        PASSED,
        REVIEW,
    ),
    "all labels in one title": (
        "show(lambda ax, i: None).suptitle(f'predicted {p}, true {t}')",
        PASSED,
        REVIEW,
    ),
    "every label at each image": (
        "show(lambda ax, i: ax.set_title(' '.join(names)))",
        PASSED,
        REVIEW,
    ),
    "every label in both parts": (
        "show(lambda ax, i: ax.set_title(f'pred: {names}, true: {names}'))",
        PASSED,
        REVIEW,
    ),
    "a montage": (
        "plt.imshow(np.hstack(grey)); plt.title(f'predicted {p}, true {t}')",
        REVIEW,
        FAILED,
    ),
    "a grid": (
        """
        from torchvision.utils import make_grid
        grid = make_grid(torch.tensor(grey[:, None]), nrow=4).permute(1, 2, 0)
        plt.imshow(grid); plt.title(f"{p} {t}")
        """,
        REVIEW,
        FAILED,
    ),
    "several in the same axes": (
        """
        for i in range(8):
            plt.imshow(grey[i], extent=(28 * i, 28 * i + 28, 0, 28))
            plt.text(28 * i, 0, f"{p[i]} {t[i]}")
        plt.xlim(0, 224)
        """,
        PASSED,
        REVIEW,
    ),
    "cut": ("show(both, grey[:, 4:24, 4:24])", REVIEW, FAILED),
    "blurred": (
        "show(both, (grey + np.roll(grey, 1, 1) + np.roll(grey, 1, 2)) / 3)",
        REVIEW,
        FAILED,
    ),
    "turned": ("show(both, grey[:, ::-1, ::-1])", REVIEW, FAILED),
    "weights": (
        "show(both, network.layers[0].W.T.reshape(-1, 28, 28))",
        REVIEW,
        FAILED,
    ),
}


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[Verdict, ...]]:
    """Return what all snippets come to, for the images and for their labels."""
    snippets = {**RIGHT, **{name: source for name, (source, *_) in OTHERS.items()}}
    cells = {name: START + textwrap.dedent(source) for name, source in snippets.items()}
    return verdicts(cells, find_images, find_labels)


@pytest.mark.parametrize("name", RIGHT)
def test_both_labels_count_however_they_are_shown(
    found: dict[str, tuple[Verdict, ...]], name: str
) -> None:
    """Images with the network's own answer and the true label are taken for what they are."""
    assert found[name] == ((PASSED, ""), (PASSED, ""))


@pytest.mark.parametrize("name", OTHERS)
def test_what_shows_no_two_labels_does_not_count(
    found: dict[str, tuple[Verdict, ...]], name: str
) -> None:
    """What is not there fails, and what cannot be told is left to a person."""
    _, *statuses = OTHERS[name]
    assert [status for status, _ in found[name]] == statuses, found[name]
