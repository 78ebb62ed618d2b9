"""What questions bring along, as source: it runs beside the student's code, who may read it."""

from typing import Final

PARAMETERS: Final = '''
def fill(model, *values):
    """Give each parameter the values of its shape."""
    for parameter in model.parameters():
        parameter.data = next(each for each in values if each.shape == parameter.shape)
    return model

def shapes(model):
    return sorted(list(each.shape) for each in model.parameters())

def unreached(model):
    return [list(each.shape) for each in model.parameters() if each.grad is None]
'''
NAMES: Final = ("Model", "cross_entropy", "device")
LOOP: Final = '''
import torch
from torch.nn import Module, Parameter
from torch.nn.functional import cross_entropy

device = torch.device("meta")

class There(Parameter):
    device = property(lambda self: device)

class Noting(torch.Tensor):
    """A tensor that notes where it is moved to, and stays where it is."""
    __torch_function__ = torch._C._disabled_torch_function_impl

    def to(self, *args, **kwargs):
        self.moves.append(f"{self.kind} to {[*args, kwargs.get('device')][0]}")
        return self.as_subclass(torch.Tensor)

class Model(Module):
    """A linear model that notes how it is used, and is its own optimizer."""

    def __init__(self, W):
        super().__init__()
        self.W, self.modes, self.graphs, self.moves = There(W), [], [], []

    def loader(self, batches):
        loader = [[each.as_subclass(Noting) for each in batch] for batch in batches]
        for batch in loader:
            for each, each.kind in zip(batch, ("images", "labels")):
                each.moves = self.moves
        return loader

    def forward(self, images):
        self.modes.append("training" if self.training else "evaluation")
        self.graphs.append("built" if torch.is_grad_enabled() else "not built")
        return images.flatten(1) @ self.W

    def to(self, *args, **kwargs):
        return self

    def step(self):
        with torch.no_grad():
            self.W -= 0.5 * self.W.grad
'''
