"""What objects of torch, pandas, scipy and PIL hold, where these are imported.

A class that a student derived from theirs goes by the library's own methods, as far as these call
none of the derived class; of others nothing is told.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..values import (
    TENSOR_DTYPES,
    Categories,
    Frame,
    Index,
    Masked,
    Missing,
    MultiIndex,
    Picture,
    Series,
    Sparse,
    Tensor,
)
from . import looking

Make = Callable[[], Any]

# Numbers that are converted before they are counted.
_MOST_CONVERTED: Final = 2**26

_PYTHONS: Final = frozenset({"builtins", "abc", "typing", "collections"})


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes one of our own values of an object of a library, None for any other."""
    tensor = looking.loaded("torch", "Tensor")
    if tensor is not looking.ABSENT and issubclass(kind, tensor):
        # Only the classes that leave it as it is have the numbers of a tensor.
        same = looking.of_class(kind, "__torch_dispatch__") is looking.of_class(
            tensor, "__torch_dispatch__"
        )
        return (lambda: _tensor(value)) if same else None
    if looking.loaded("pandas", "DataFrame") is not looking.ABSENT:
        make = _of_pandas(value, kind)
        if make is not None:
            return make
    if is_sparse(kind):
        return (lambda: _sparse(value, kind)) if _all_of(kind, "scipy") else None
    image = looking.loaded("PIL.Image", "Image")
    if image is not looking.ABSENT and issubclass(kind, image):
        return (lambda: _picture(value)) if _all_of(kind, "PIL") else None
    return None


def is_sparse(kind: type) -> bool:
    """Whether a class is one of scipy's sparse ones, or derived from one."""
    found = (looking.loaded("scipy.sparse", base) for base in ("spmatrix", "sparray"))
    return any(each is not looking.ABSENT and issubclass(kind, each) for each in found)


def _all_of(kind: type, library: str) -> bool:
    """Whether a class and all of its bases are of this library, or Python's own."""
    packages = {looking.module(base).partition(".")[0] for base in looking.bases(kind)}
    return packages <= {library, *_PYTHONS}


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

    if plain.is_sparse and plain.numel() <= _MOST_CONVERTED:
        plain = plain.to_dense()
    dtype = str(plain.dtype).removeprefix("torch.")
    if plain.layout is not torch.strided or dtype not in TENSOR_DTYPES or plain.is_meta:
        raise ValueError("the numbers of this tensor are not told")
    held = TENSOR_DTYPES[dtype]
    plain = plain.cpu().resolve_conj().resolve_neg()
    if held != dtype:
        if plain.numel() > _MOST_CONVERTED:
            raise ValueError("the tensor is too large")
        plain = plain.to(getattr(torch, held))
    return np.asarray(plain.numpy()), dtype


def _of_pandas(value: Any, kind: type) -> Make | None:
    import pandas as pd  # noqa: PLC0415 - it is there already

    if value is pd.NA or value is pd.NaT:
        return lambda: Missing("NA" if value is pd.NA else "NaT")
    if issubclass(kind, pd.DataFrame):
        return lambda: _frame(value)
    if issubclass(kind, pd.Series):
        return lambda: _series(value)
    if issubclass(kind, pd.Index) and _all_of(kind, "pandas"):
        return lambda: _index(value)
    if kind is pd.Timestamp or kind is pd.Timedelta:
        return lambda: _moment(value)
    if issubclass(kind, pd.api.extensions.ExtensionArray) and _all_of(kind, "pandas"):
        return lambda: _series(pd.Series(value))
    return None


def _moment(value: Any) -> Any:
    """Return a moment or a span as Python has it, or as numpy where that has no room for it."""
    if not value.nanosecond if hasattr(value, "nanosecond") else not value.nanoseconds:
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value.to_pytimedelta()
    return np.asarray(value.to_numpy())


def _name(value: Any) -> Any:
    """Return the name of a series or an index, which has to be of Python's own numbers."""
    return (
        value.item() if isinstance(value, np.generic) and value.dtype.kind in "biufcUS" else value
    )


def _frame(value: Any) -> Frame:
    import pandas as pd  # noqa: PLC0415 - it is there already

    # One of the class itself, that holds the same.
    manager = looking.own(value, "_mgr")
    plain = pd.DataFrame._from_mgr(manager, manager.axes)
    columns = [_column(plain.iloc[:, place].array) for place in range(plain.shape[1])]
    values, dtypes = zip(*columns, strict=True) if columns else ((), ())
    return Frame(_index(plain.columns), tuple(values), tuple(dtypes), _index(plain.index))


def _series(value: Any) -> Series:
    import pandas as pd  # noqa: PLC0415 - it is there already

    manager = looking.own(value, "_mgr")
    plain = pd.Series._from_mgr(manager, manager.axes)
    values, dtype = _column(plain.array)
    return Series(values, dtype, _index(plain.index), _name(looking.own(value, "_name")))


def _index(index: Any) -> Index | MultiIndex:
    import pandas as pd  # noqa: PLC0415 - it is there already

    if isinstance(index, pd.MultiIndex):
        levels = [_index(index.get_level_values(place)) for place in range(index.nlevels)]
        return MultiIndex(tuple(each for each in levels if isinstance(each, Index)))
    values, dtype = _column(index.array)
    return Index(values, dtype, _name(index.name))


def _column(column: Any) -> tuple[np.ndarray | Masked, str | Categories]:
    """Return what `Index` calls values and dtype. Raises ValueError for dtypes of other kinds."""
    import pandas as pd  # noqa: PLC0415 - it is there already

    # What is derived from it keeps texts.
    if type(column) is pd.arrays.NumpyExtensionArray:
        column = column.to_numpy()
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return np.array(column), dtype.name
    if isinstance(dtype, pd.CategoricalDtype):
        categories = _index(dtype.categories)
        if isinstance(categories, Index):
            return np.array(column), Categories(categories, bool(dtype.ordered))
    if isinstance(dtype, pd.StringDtype):
        return np.array(column, object), dtype.name
    if isinstance(dtype, pd.DatetimeTZDtype):
        return np.array(column, f"M8[{dtype.unit}]"), f"datetime64[{dtype.unit}, {dtype.tz}]"
    data, mask = getattr(column, "_data", None), getattr(column, "_mask", None)
    if type(data) is np.ndarray and type(mask) is np.ndarray:
        # What stands below the mask is anything.
        return Masked(np.where(mask, np.zeros((), data.dtype), data), mask.copy()), dtype.name
    raise ValueError(f"columns of {dtype} are not told")


def _sparse(value: Any, kind: type) -> Sparse:
    held = value.tocoo(copy=True)
    held.sum_duplicates()
    places = np.vstack([np.asarray(each, np.int64) for each in getattr(held, "coords", ())])
    order = np.lexsort(places[::-1])
    matrix = issubclass(kind, looking.loaded("scipy.sparse", "spmatrix"))
    shape = tuple(int(size) for size in held.shape)
    return Sparse(
        np.asarray(held.data)[order], places[:, order].copy(), shape, value.format, matrix
    )


def _picture(value: Any) -> Picture:
    width, height = value.size
    if width * height > _MOST_CONVERTED:
        raise ValueError("the image is too large")
    palette = None
    if value.mode in ("P", "PA"):
        palette = np.array(value.getpalette("RGB"), np.uint8).reshape(-1, 3)
    pixels = np.array(value)
    if pixels.dtype == bool:
        # PIL writes 255 for what is true.
        pixels = pixels.view(np.uint8) != 0
    return Picture(pixels, value.mode, palette)
