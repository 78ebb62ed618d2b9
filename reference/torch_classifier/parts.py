"""The exercises about single parts: the data set, the loss, the model, the optimizer."""

from typing import Any

import numpy as np

from grader import (
    Exercise,
    define,
    fetch,
    floats,
    integers,
    one_of,
    result,
    seed,
    sizes,
    tensors,
)

from .given import PARAMETERS

dataset = Exercise("dataset", "The data set", points=12, names=("ImageDataset",))
loss = Exercise("loss", "The loss", points=12, names=("cross_entropy",))
model = Exercise("model", "The model", points=18, names=("Classifier",))
optimizer = Exercise("optimizer", "The optimizer", points=15, names=("Momentum",))

PIXELS = integers("n", "height", "width", high=255)
CLASSES = integers("n", below=10)
LABELS = tensors(integers("batch", below="classes"))
NORMAL = {"kinds": ("normal",)}


@dataset.compare(
    length=result(1, "`len` of a data set is the number of its examples."),
    image=result(5, "An image is a tensor (1, height, width) of numbers from 0 to 1."),
    label=result(2, "An image comes with its own label."),
)
def items(code: Any, images=PIXELS, labels=CLASSES, index=integers(below="n")):
    data = code.ImageDataset(images.astype(np.uint8), labels)
    image, label = data[index]
    return {"length": len(data), "image": image, "label": label}


@dataset.check(points=2, needs=items.image)
def single_precision(code: Any, images=PIXELS, labels=CLASSES):
    """An image is a float32 tensor, as the weights of a model are."""
    image, _label = code.ImageDataset(images.astype(np.uint8), labels)[0]
    assert str(image.dtype) == "torch.float32"


@dataset.compare(
    transformed=result(2, "`transform` is given the image, and what it returns is returned.")
)
def transform(code: Any, images=PIXELS, labels=CLASSES, index=integers(below="n")):
    flipped = define(code, "flipped", "def flipped(image):\n    return 2 - image.flip(-1)")
    image, _label = code.ImageDataset(images.astype(np.uint8), labels, flipped)[index]
    return {"transformed": image}


@loss.compare(
    value=result(5, "`cross_entropy` returns the mean over the batch, a tensor without axes."),
    gradient=result(4, "`backward` leaves the gradient in `logits.grad`."),
)
def losses(code: Any, logits=tensors(floats("batch", "classes", **NORMAL), True), labels=LABELS):
    value = code.cross_entropy(logits, labels)
    value.backward()
    return {"value": value.detach(), "gradient": logits.grad}


@loss.compare(
    value_far=result(2, "The loss of logits of a thousand is finite, and right."),
    gradient_far=result(1, "So is its gradient."),
)
def far(code: Any, logits=tensors(floats("batch", "classes", kinds=("large",)), True), labels=LABELS):
    value = code.cross_entropy(logits, labels)
    value.backward()
    return {"value_far": value.detach(), "gradient_far": logits.grad}


@model.compare(
    parameters=result(4, "The model registers two weights and two biases."),
)
def registered(code: Any, n_in=sizes(), hidden=sizes(), classes=sizes()):
    shapes = define(code, "shapes", PARAMETERS)
    return {"parameters": shapes(code.Classifier(n_in, hidden, classes))}


@model.compare(
    logits=result(5, "The logits are those of Linear, ReLU, Linear.")
)
def outputs(
    code: Any,
    images=tensors(floats("batch", "height", "width", **NORMAL)),
    W1=tensors(floats("hidden", "n_in", **NORMAL)),
    b1=tensors(floats("hidden", **NORMAL)),
    W2=tensors(floats("classes", "hidden", **NORMAL)),
    b2=tensors(floats("classes", **NORMAL)),
):
    ...
