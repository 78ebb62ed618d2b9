"""Tensors of torch."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import looking
from .base import MOST_CONVERTED, Make, OfLibrary, is_text, require

# A dtype of torch, and that of the array which holds its numbers without a change.
TENSOR_DTYPES: Final = {
    **{
        name: name
        for name in (
            *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
            *("float16", "float32", "float64", "complex64", "complex128"),
        )
    },
    **dict.fromkeys(
        (
            *("bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"),
            "float8_e8m0fnu",
        ),
        "float32",
    ),
    "complex32": "complex64",
}


@dataclass(frozen=True, slots=True, eq=False)
class Tensor(OfLibrary):
    """A tensor of torch.

    `array` are its numbers; `dtype` is torch's name of what they are ("bfloat16"), that of the
    array where none is given. Numbers that numpy has no dtype for are float32 (complex64) there.
    `grad` is the gradient, an array of the same shape, None where there is none.
    """

    called = "torch.Tensor"

    array: np.ndarray
    dtype: str = ""
    requires_grad: bool = False
    grad: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(type(self.array) is np.ndarray, "the contents of a tensor are no array")
        if type(self.dtype) is str and not self.dtype:
            object.__setattr__(self, "dtype", self.array.dtype.name)
        require(is_text(self.dtype) and self.dtype in TENSOR_DTYPES, "torch has no such dtype")
        require(type(self.requires_grad) is bool, "requires_grad is neither True nor False")
        require(
            not self.requires_grad or self.array.dtype.kind in "fc",
            f"a tensor of {self.dtype} has no gradient",
        )
        for array in (self.array, self.grad):
            require(
                array is None
                or (
                    type(array) is np.ndarray
                    and array.dtype.name == TENSOR_DTYPES[self.dtype]
                    and array.shape == self.array.shape
                ),
                f"the contents of a tensor of {self.dtype} are not as such a tensor has them",
            )

    def torch(self) -> Any:
        """Return the tensor: a leaf, on the processor. Imports torch."""
        import torch  # noqa: PLC0415 - only where it is asked for

        dtype = getattr(torch, self.dtype)
        # A tensor shares memory with its array, and has no strides below zero.
        made = torch.from_numpy(self.array.copy("C")).to(dtype)
        if self.requires_grad:
            made.requires_grad_()
        if self.grad is not None:
            made.grad = torch.from_numpy(self.grad.copy("C")).to(dtype)
        return made

    made = torch


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes our own value of a tensor, None for anything else."""
    tensor = looking.loaded("torch", "Tensor")
    if tensor is looking.ABSENT or not issubclass(kind, tensor):
        return None
    # Only the classes that leave it as it is have the numbers of a tensor.
    same = looking.of_class(kind, "__torch_dispatch__") is looking.of_class(
        tensor, "__torch_dispatch__"
    )
    return (lambda: _tensor(value)) if same else None


def _tensor(value: Any) -> Tensor:
    import torch  # noqa: PLC0415 - it is there already

    base = torch.Tensor
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        array, dtype = _numbers(base.detach(value))
        gradient = None
        needed = bool(base.requires_grad.__get__(value))
        # Asking others for their gradient warns.
        if base.is_leaf.__get__(value) or base.retains_grad.__get__(value):
            found = base.grad.__get__(value)
            gradient = None if found is None else _numbers(base.detach(found))[0]
        if gradient is not None:
            gradient = gradient.astype(array.dtype, copy=False)
    return Tensor(array, dtype, needed, gradient)


def _numbers(plain: Any) -> tuple[np.ndarray, str]:
    """Return a tensor's numbers and what torch calls them. Raises ValueError for other layouts."""
    import torch  # noqa: PLC0415 - it is there already

    if plain.is_sparse and plain.numel() <= MOST_CONVERTED:
        plain = plain.to_dense()
    dtype = str(plain.dtype).removeprefix("torch.")
    if plain.layout is not torch.strided or dtype not in TENSOR_DTYPES or plain.is_meta:
        raise ValueError("the numbers of this tensor are not told")
    held = TENSOR_DTYPES[dtype]
    plain = plain.cpu().resolve_conj().resolve_neg()
    if held != dtype:
        if plain.numel() > MOST_CONVERTED:
            raise ValueError("the tensor is too large")
        plain = plain.to(getattr(torch, held))
    return np.asarray(plain.numpy()), dtype


KINDS: Final = (Tensor,)
