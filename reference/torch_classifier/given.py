"""What questions bring along, as source: it runs beside the student's code, who may read it."""

from typing import Final

HELPERS: Final = """
flipped = lambda image: 2 - image.flip(-1)
once = lambda *items: (each for each in items)
left = lambda gradient: gradient is not None and bool(gradient.any())
grows = lambda value: getattr(value, "requires_grad", False)
shapes = lambda model: sorted(list(each.shape) for each in model.parameters())
unreached = lambda model: [list(each.shape) for each in model.parameters() if each.grad is None]
def fill(model, *values):
    for parameter in model.parameters():
        parameter.data = next(each for each in values if each.shape == parameter.shape)
    return model
"""
LOOP: Final = '''
import torch

device = torch.device("meta")
There = type("There", (torch.nn.Parameter,), {"device": device})

class Unmoved(torch.Tensor):
    """A tensor that is a plain one, where it was, once it is moved to the device."""

    def to(self, *args, **kwargs):
        moved = device.type in map(str, (*args, *kwargs.values()))
        return self.as_subclass(torch.Tensor) if moved else self

class Model(torch.nn.Module):
    """A linear model that notes how it is used."""

    def __init__(self, W, images, labels, size):
        torch.nn.Module.__init__(self)
        self.W, self.modes, self.graphs, self.moves = There(W), set(), set(), set()
        batches = zip(images.split(size), labels.split(size))
        self.loader = [[each.as_subclass(Unmoved) for each in batch] for batch in batches]
        step = lambda _optimizer: self.W.data.sub_(0.5 * self.W.grad)
        self.optimizer = type("Optimizer", (), {"zero_grad": self.zero_grad, "step": step})()
        self.device = device

    def moved(self, what, tensor):
        self.moves.add(f"{what}: {type(tensor).__name__}")
        return tensor.as_subclass(torch.Tensor)

    def forward(self, images):
        self.modes.add("training" if self.training else "evaluation")
        self.graphs.add("built" if torch.is_grad_enabled() else "not built")
        return self.moved("images", images).flatten(1) @ self.W

    def loss(self, logits, labels):
        return torch.nn.functional.cross_entropy(logits, self.moved("labels", labels))

    def to(self, *args, **kwargs):
        return self
'''
