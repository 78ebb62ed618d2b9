"""Batches that are made at once are the ones that the notebook would have made."""

from textwrap import dedent

import pytest

from grader.datasets import locate
from tests.agent.processes import Run
from tests.notebooks import edited, reference_cells

CONVERTED_AT_MOST = 1800
"""Samples that are converted to find out that this is not needed; a look takes 2,560 or more."""

FASHION_MNIST = f"""
from grader_agent.shims import offline_data
offline_data.redirect({{"FashionMNIST": {str(locate("FashionMNIST").raw)!r}}})
"""

FAST = f"{FASHION_MNIST}\nfrom grader_agent.fast_batches import loader\nloader.install()"

# `look` prints a digest of batches and of all random states, and how many samples were converted.
LOOKING = """
import hashlib, random
from itertools import islice
import numpy as np
import torch
import torchvision.datasets.mnist as mnist
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import FashionMNIST

converted = 0
original = mnist._Image_fromarray

def counting(*args, **kwargs):
    global converted
    converted += 1
    return original(*args, **kwargs)

mnist._Image_fromarray = counting
digest = hashlib.sha256()

def states():
    return [random.getstate(), np.random.get_state()[1].tobytes(), torch.get_rng_state().tolist()]

def seen(batch):
    parts = batch.values() if isinstance(batch, dict) else batch
    digest.update(repr(type(batch)).encode())
    for part in parts:
        array = np.asarray(part)
        kind = [type(part), part.dtype, array.shape, array.strides, array.flags.writeable]
        digest.update(repr(kind).encode() + array.tobytes())

def look(loader, count=80, begin=0):
    for number, batch in enumerate(islice(loader, count), start=begin):
        seen(batch)
        meanwhile(number, loader, batch)

def told():
    digest.update(repr(states()).encode())
    print(digest.hexdigest(), converted)

def meanwhile(number, loader, batch):
    pass

def transform(image):
    return np.asarray(image, dtype=np.float32).ravel() / 255

def collate(examples):
    pixels, labels = zip(*examples)
    return np.stack(pixels), np.array(labels)

def fashion(transform=transform, **given):
    return FashionMNIST(".", train=False, transform=transform, **given)

def loader(transform=transform, collate_fn=collate, **given):
    return DataLoader(fashion(transform), **{"batch_size": 32, "collate_fn": collate_fn, **given})
"""

AT_ONCE = {
    "in order": "look(loader())",
    "shuffled": "look(loader(shuffle=True))",
    "a last batch that is smaller": "look(loader(batch_size=48), 210)",
    "a last batch dropped": "look(loader(batch_size=48, drop_last=True), 210)",
    "the original's": """
        def transform(pil_image):
            return np.asarray(pil_image).astype(np.float32).reshape(-1) / 255.0
        def numpy_collate_fn(batch):
            x, y = list(zip(*batch))
            return np.array(x).astype(np.float32), np.array(y).astype(np.int32)
        look(loader(transform, numpy_collate_fn, shuffle=True))
        """,
    "double precision, and a list": """
        def collate(examples):
            return [np.stack(each) for each in zip(*examples)]
        look(loader(lambda i: np.array(i)[None] / 127.5 - 1, collate))
        """,
    "torch's own collation": "look(loader(collate_fn=None, shuffle=True))",
    "torchvision's transforms": """
        both = [transforms.ToTensor(), transforms.Normalize((0.5,), (0.25,))]
        look(loader(transforms.Compose(both), None, shuffle=True))
        """,
    "a sampler of its own": """
        class Backwards:
            def __iter__(self):
                return iter(range(9999, 0, -1))
            def __len__(self):
                return 9999
        look(loader(sampler=Backwards()))
        """,
    "a sampler of torch's": """
        drawn = torch.utils.data.WeightedRandomSampler(torch.ones(10000), 4000)
        look(loader(sampler=drawn))
        """,
    "a generator of its own": """
        look(loader(shuffle=True, generator=torch.Generator().manual_seed(3)))
        """,
    "a batch is written to": """
        def meanwhile(number, loader, batch):
            batch[0][:] = 7
            batch[1].sort()
        again = loader()
        look(again)
        look(again, 20)
        """,
    "the data set is written to": """
        def meanwhile(number, loader, batch):
            loader.dataset.data.numpy()[32 * number + 40 : 32 * number + 70] += 1
            loader.dataset.targets[32 * number + 40] = 3
        look(loader())
        """,
    "the data set gets other images": """
        def meanwhile(number, loader, batch):
            if number == 50:
                loader.dataset.data = loader.dataset.data.flip(0).contiguous()
                loader.dataset.targets = loader.dataset.targets.flip(0)
        look(loader())
        """,
}

LEFT_ALONE = {
    "random by numpy": "look(loader(lambda i: np.asarray(i) + np.random.rand()))",
    "random by torch": "look(loader(lambda i: np.asarray(i) + torch.rand(1).numpy()))",
    "random by random": "look(loader(lambda i: np.asarray(i) * random.random()))",
    "random by a generator": """
        rng = np.random.default_rng(3)
        look(loader(lambda i: np.asarray(i) + rng.random()))
        """,
    "random now and then": """
        rand = np.random.rand
        def transform(image):
            return np.array(image) + (rand() if np.asarray(image).mean() > 150 else 0)
        look(loader(transform))
        """,
    "random in the batch": """
        def collate(examples):
            pixels, labels = zip(*examples)
            return np.stack(pixels), np.random.permutation(labels)
        look(loader(collate_fn=collate))
        """,
    "a count is kept": """
        calls, kept = 0, []
        def transform(image):
            global calls
            calls += 1
            return np.array(image)
        def collate(examples):
            kept.append(len(examples))
            return tuple(map(np.stack, zip(*examples)))
        look(loader(transform, collate))
        digest.update(repr([calls, kept]).encode())
        """,
    "a closure keeps a count": """
        def counted():
            count = 0
            def transform(image):
                nonlocal count
                count += 1
                return np.array(image, np.int64) + count
            return transform
        look(loader(counted()))
        """,
    "something is printed": """
        look(loader(lambda i: print(end="") or np.array(i)))
        """,
    "each image for itself": "look(loader(lambda i: np.asarray(i) / np.asarray(i).max()))",
    "each batch for itself": """
        def collate(examples):
            pixels = np.stack([x for x, y in examples])
            return pixels - pixels.mean(), np.array([y for x, y in examples])
        look(loader(collate_fn=collate))
        """,
    "another container": """
        look(loader(collate_fn=lambda b: dict(zip("xy", map(np.stack, zip(*b))))))
        """,
    "a data set of one's own": """
        class Mine(FashionMNIST):
            def __getitem__(self, index):
                image, label = super().__getitem__(index)
                return image[::-1].copy(), label
        look(DataLoader(Mine(".", train=False, transform=transform), 32, collate_fn=collate))
        """,
    "a data set made anew": """
        genuine = mnist.MNIST.__getitem__
        mnist.MNIST.__getitem__ = lambda self, index: (genuine(self, index)[0] + 1, 0)
        look(loader())
        mnist.MNIST.__getitem__ = genuine
        """,
    "labels changed": """
        ds = fashion(target_transform=lambda label: label % 2)
        look(DataLoader(ds, batch_size=32, collate_fn=collate))
        """,
    "a loader of one's own": """
        class Mine(DataLoader):
            pass
        look(Mine(fashion(), batch_size=32, collate_fn=collate))
        """,
    "processes": "look(loader(num_workers=2, shuffle=True))",
}

LEFT_IN_THE_MIDDLE = {
    "the transform is replaced": """
        def meanwhile(number, loader, batch):
            if number == 60:
                loader.dataset.transform = lambda i: np.asarray(i, np.float32).ravel() / 2
        look(loader())
        """,
    "what it names is bound anew": """
        scale = 255
        def transform(image):
            return np.asarray(image, np.float32).ravel() / scale
        def meanwhile(number, loader, batch):
            global scale
            scale += number // 60
        look(loader(transform))
        """,
    "what it names is bound anew before the next loader": """
        scale = 255
        def transform(image):
            return np.asarray(image, np.float32).ravel() / scale
        look(loader(transform), 40)
        scale = 2
        look(loader(transform), 30)
        """,
    "what it names in a closure is bound anew": """
        def scaled(scale):
            def transform(image):
                return np.asarray(image, np.float32).ravel() / scale
            def change(number, loader, batch):
                nonlocal scale
                scale += number // 60
            return transform, change
        transform, meanwhile = scaled(255)
        look(loader(transform))
        """,
    "its code is replaced": """
        def transform(image):
            return np.asarray(image, np.float32).ravel() / 255
        def meanwhile(number, loader, batch):
            if number == 60:
                transform.__code__ = (lambda image: np.asarray(image, np.float32).ravel()).__code__
        look(loader(transform))
        """,
    "a list inside is changed": """
        both = transforms.Compose([transforms.ToTensor()])
        def meanwhile(number, loader, batch):
            if number == 60:
                both.transforms.append(transforms.Normalize((0.5,), (0.5,)))
        look(loader(both, None))
        """,
}


def looks(run_forked: Run, first: str, cases: dict[str, str]) -> tuple[list[str], list[int]]:
    """Return the digest of each case, run in the namespace of the last, and what it converted."""
    starting = "digest = hashlib.sha256(); converted = 0\ndef meanwhile(*args): pass\n"
    cells = [
        f"former = dict(globals())\n{starting}{dedent(case)}\ntold()\nglobals().update(former)"
        for case in cases.values()
    ]
    seeded = "from grader_agent.shims import seeds; seeds.seed_everything(5)"
    found = run_forked(first, seeded, LOOKING, *cells)
    assert found.errors == [None] * len(found.errors)
    assert found.notes == []
    digests, counts = zip(*(text.split() for text in found.printed[3:]), strict=True)
    return list(digests), list(map(int, counts))


@pytest.mark.parametrize(
    ("cases", "least", "most"),
    [
        (AT_ONCE, 0, CONVERTED_AT_MOST),
        (LEFT_ALONE, 2560, 2560 + CONVERTED_AT_MOST),
        (LEFT_IN_THE_MIDDLE, 0, 2559),
    ],
    ids=["at once", "left alone", "left in the middle"],
)
def test_batches_are_the_notebooks_own(
    run_forked: Run, cases: dict[str, str], least: int, most: int
) -> None:
    """Bit by bit, and with the same random states afterwards, whether made at once or not."""
    plain, _ = looks(run_forked, FASHION_MNIST, cases)
    fast, counts = looks(run_forked, FAST, cases)
    assert dict(zip(cases, fast, strict=True)) == dict(zip(cases, plain, strict=True))
    counted = {
        case: count
        for case, count in zip(cases, counts, strict=True)
        if not least <= count <= most and case != "processes"
    }
    assert counted == {}


TRAINING = edited(
    "train-loop",
    ("epochs = 10", "epochs = 2"),
    ("tqdm(train_loader,", "tqdm(islice(train_loader, 150),"),
    ("tqdm(test_loader,", "tqdm(islice(test_loader, 293, 313) if epoch else test_loader,"),
)

TOLD = """
for layer in network.layers:
    for array in vars(layer).values():
        digest.update(np.asarray(array).tobytes())
digest.update(repr(dict(logs)).encode())
told()
"""


def test_a_training_ends_the_same_bit_by_bit(run_forked: Run) -> None:
    """The reference's own cells leave the same weights, logs, printed text and random states."""
    cells = reference_cells()
    defining = ("imports", "layer-sequential", "softmax-crossentropy", "linear", "relu", "data")
    sources = [*(cells[name].replace("%matplotlib inline", "") for name in defining), TRAINING]
    seeded = "from grader_agent.shims import seeds; seeds.seed_everything(7)"
    plain, fast = (
        run_forked(first, seeded, LOOKING, *sources, TOLD) for first in (FASHION_MNIST, FAST)
    )
    assert plain.errors == fast.errors == [None] * len(plain.errors)
    digests, counts = zip(*(each.printed.pop().split() for each in (plain, fast)), strict=True)
    assert plain.printed == fast.printed
    assert digests[0] == digests[1]
    assert int(counts[0]) == 2 * 150 * 32 + 2 * 10_000
    assert int(counts[1]) < int(counts[0]) / 3
