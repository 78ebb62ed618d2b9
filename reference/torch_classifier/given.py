"""What questions bring along: small models and batches that note what is done with them.

All of it is source, since it runs beside the student's code, where it may be read.
"""

from typing import Final

PARAMETERS: Final = '''
import torch

def fill(model, *values):
    """Give each parameter of a model the values of its shape."""
    with torch.no_grad():
        for parameter in model.parameters():
            for each in values:
                if each.shape == parameter.shape:
                    parameter.copy_(each)

def shapes(model):
    """Return the shapes of the parameters, in no particular order."""
    return sorted(list(each.shape) for each in model.parameters())

def unreached(model):
    """Return the names of the parameters that have no gradient."""
    return [name for name, each in model.named_parameters() if each.grad is None]
'''

LOOP: Final = '''
import torch
from torch.nn import Module, Parameter
from torch.nn.functional import cross_entropy

class There(Parameter):
    """A parameter that says of itself to be on another device."""
    device = property(lambda self: torch.device("meta"))

class Model(Module):
    """A linear model that notes its mode and whether a graph is built, and what trains it."""

    def __init__(self, W, b, lr=0.5):
        super().__init__()
        self.W, self.b, self.lr = There(W), There(b), lr
        self.modes, self.graphs = [], []

    def forward(self, images):
        if not isinstance(images, torch.Tensor):
            raise RuntimeError("images and parameters are on different devices")
        self.modes.append(self.training)
        self.graphs.append(torch.is_grad_enabled())
        return images.flatten(1) @ self.W + self.b

    def to(self, *args, **kwargs):
        return self

    def zero_grad(self, set_to_none=True):
        self.W.grad = self.b.grad = None

    def step(self):
        with torch.no_grad():
            for each in (self.W, self.b):
                each.sub_(self.lr * each.grad)

class Elsewhere:
    """A tensor that has to be moved before it can be computed with."""

    def __init__(self, tensor, moves):
        self.tensor, self.moves = tensor, moves
        self.shape, self.dtype, self.size = tensor.shape, tensor.dtype, tensor.size

    def __len__(self):
        return len(self.tensor)

    def to(self, *args, **kwargs):
        self.moves.append(str(kwargs.get("device", args[0] if args else None)))
        return self.tensor

class Loader:
    """A loader whose batches have to be moved; it notes where to."""

    def __init__(self, batches):
        self.batches, self.moves = batches, []

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            yield tuple(Elsewhere(each, self.moves) for each in batch)

here = torch.device("cpu")
there = torch.device("meta")
'''
