"""Tensors in plain checks: as torch has them where a check computes, as data where they travel.

torch is imported only where a check is given a tensor, or computes with one.
"""

import sys
from typing import Any, Final

import numpy as np

from grader.agent.values import Tensor


def as_torch(value: Any) -> Any:
    """Return `value` with the tensors in it as torch has them."""
    if type(value) is Tensor:
        return value.torch()
    if type(value) in (list, tuple):
        return type(value)(map(as_torch, value))
    return {key: as_torch(each) for key, each in value.items()} if type(value) is dict else value


def is_tensor(value: object) -> bool:
    """Whether a value is a tensor of torch's."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_method(name: str) -> bool:
    """Whether tensors of torch have a method of this name, as far as torch is imported."""
    torch = sys.modules.get("torch")
    return torch is not None and callable(getattr(torch.Tensor, name, None))


def acts(name: str) -> bool:
    """Whether an attribute of a tensor is about its graph, or changes it: the notebook's has it."""
    return name in _OF_THE_GRAPH or (name.endswith("_") and not name.startswith("_"))


_OF_THE_GRAPH: Final = ("backward", "grad", "grad_fn", "is_leaf", "register_hook", "retain_grad")


def moved(tensor: Tensor, random: np.random.Generator) -> Tensor:
    """Return a tensor with each real number of it the next larger or smaller one."""
    if tensor.array.dtype.kind != "f":
        return tensor
    towards = random.choice([-np.inf, np.inf], tensor.array.shape).astype(tensor.array.dtype)
    array = np.asarray(np.nextafter(tensor.array, towards))
    return Tensor(array, tensor.dtype, tensor.requires_grad, tensor.grad)
