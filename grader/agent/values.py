"""What stands, on the wire and in the grader, for objects of libraries and of a notebook's own.

The grader need not have torch, pandas, scipy or PIL. Each class here holds what such an object
does as arrays and plain values, and has a method that makes the library's object of it, which
imports the library only then. All of them check what they are given, whoever gives it: they raise
ValueError (TypeError) for what no object of the library could be.

Two are equal where their types and fields are, arrays by dtype, shape and every byte but for NaNs.
"""

import builtins
import keyword
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for an object that an earlier step of the same scenario made."""

    name: str


@dataclass(frozen=True, slots=True)
class Described:
    """Stands for a value that is no plain data: only the name of its type travels."""

    type_name: str


class Tagged:
    """The base of what stands for an object that is no plain data."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        """Whether the other is of this type and has the same fields, NaNs being the same."""
        if type(self) is not type(other):
            return False
        return all(map(alike, parts(self), parts(other)))

    def __hash__(self) -> int:
        """Return a hash. Raises TypeError where a field has none, as an array."""
        return hash((type(self).__name__, *parts(self)))


def parts(value: Any) -> list[Any]:
    """Return the fields of a value of one of the classes of this module, in their order."""
    if type(value) is Named:
        return [value.type_name, value.names, tuple(value)]
    return [getattr(value, name) for name in type(value).__dataclass_fields__]


def rebuilt(value: Any, fields: Iterable[Any]) -> Any:
    """Return a value of the same class with other fields, in the order of `parts`.

    Raises ValueError (TypeError) where no such value has them.
    """
    if type(value) is Named:
        type_name, names, items = fields
        return Named(items, type_name, names)
    return type(value)(*fields)


def alike(one: Any, other: Any) -> bool:
    """Whether two plain values are the same in type and content, NaNs included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        if same and one.dtype.kind in "fcmM":
            return np.array_equal(one, other, equal_nan=True)
        if same and one.dtype.kind == "O":
            return all(map(alike, one.flat, other.flat))
        return bool(same and one.tobytes() == other.tobytes())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return alike([*one], [*other]) and alike([*one.values()], [*other.values()])
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124


def _require(sound: object, message: str) -> None:
    if not sound:
        raise ValueError(message)


def _text(value: object) -> bool:
    return type(value) is str


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
class Tensor(Tagged):
    """A tensor of torch.

    `array` are its numbers; `dtype` is torch's name of what they are ("bfloat16"), that of the
    array where none is given. Numbers that numpy has no dtype for are float32 (complex64) there.
    `grad` is the gradient, an array of the same shape, None where there is none.
    """

    array: np.ndarray
    dtype: str = ""
    requires_grad: bool = False
    grad: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(type(self.array) is np.ndarray, "the contents of a tensor are no array")
        if type(self.dtype) is str and not self.dtype:
            object.__setattr__(self, "dtype", self.array.dtype.name)
        _require(_text(self.dtype) and self.dtype in TENSOR_DTYPES, "torch has no such dtype")
        _require(type(self.requires_grad) is bool, "requires_grad is neither True nor False")
        _require(
            not self.requires_grad or self.array.dtype.kind in "fc",
            f"a tensor of {self.dtype} has no gradient",
        )
        for array in (self.array, self.grad):
            _require(
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


@dataclass(frozen=True, slots=True, eq=False)
class Masked(Tagged):
    """A masked array of numpy, some of which is masked.

    `data` are its values, `mask` is bool of the same shape, True where one is masked. One of which
    nothing is masked arrives as an ordinary array.
    """

    data: np.ndarray
    mask: np.ndarray

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(
            type(self.data) is np.ndarray
            and type(self.mask) is np.ndarray
            and self.mask.dtype == bool
            and self.mask.shape == self.data.shape,
            "a masked array has data, and a mask of the same shape",
        )

    def numpy(self) -> Any:
        """Return the array of `numpy.ma`."""
        return np.ma.MaskedArray(self.data.copy(), self.mask.copy())


@dataclass(frozen=True, slots=True, eq=False)
class Missing(Tagged):
    """What pandas has for a missing value, if not NaN or None: `name` is "NA" or "NaT"."""

    name: str

    def __post_init__(self) -> None:
        """Check the name. Raises ValueError."""
        _require(_text(self.name) and self.name in ("NA", "NaT"), "what is missing is NA or NaT")

    def pandas(self) -> Any:
        """Return the object. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        return getattr(pd, self.name)


@dataclass(frozen=True, slots=True, eq=False)
class Categories(Tagged):
    """The dtype of a categorical column: what its values may be, an `Index`, in their order."""

    values: "Index"
    ordered: bool = False

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(
            type(self.values) is Index and type(self.ordered) is bool, "categories are an index"
        )

    def pandas(self) -> Any:
        """Return the dtype. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        return pd.CategoricalDtype(self.values.pandas(), self.ordered)


# What pandas calls the dtype of a column that may miss numbers, by what numpy calls it without.
_NULLABLE: Final = {
    **{f"int{bits}": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"UInt{bits}" for bits in (8, 16, 32, 64)},
    **{f"float{bits}": f"Float{bits}" for bits in (32, 64)},
}
# Zones by name or offset: pandas would open a file where one names that.
_ZONED: Final = re.compile(r"datetime64\[(s|ms|us|ns), (?!dateutil/|/)[A-Za-z0-9_+:/-]{1,64}\]")
TEXTS: Final = ("str", "string")


def _require_column(values: object, dtype: object) -> int:
    """Return the length of a column. Raises ValueError where it is none of that dtype."""
    data = values.data if type(values) is Masked else values
    _require(type(data) is np.ndarray and data.ndim == 1, "a column is no array of one dimension")
    assert isinstance(data, np.ndarray)  # noqa: S101 - for type checkers
    kind = data.dtype.kind
    if type(dtype) is not str:
        sound = type(dtype) is Categories and type(values) is not Masked
    elif type(values) is Masked:
        named = "boolean" if kind == "b" else _NULLABLE.get(data.dtype.name)
        sound = dtype == named
    elif kind == "O":
        sound = dtype == "object" or dtype in TEXTS
    else:
        zoned = kind == "M" and _ZONED.fullmatch(dtype)
        sound = kind in "biufcmM" and bool(dtype == data.dtype.name or zoned)
    _require(sound, "the contents of a column are not as a column of its dtype has them")
    return len(data)


def _objects(values: np.ndarray) -> np.ndarray:
    """Return a copy in which what is missing is pandas' own."""
    copy = values.copy()
    if copy.dtype.kind == "O":
        for place, each in enumerate(copy):
            if type(each) is Missing:
                copy[place] = each.pandas()
    return copy


def _column(values: Any, dtype: Any) -> Any:
    """Return what pandas keeps a column of this dtype in."""
    import pandas as pd  # noqa: PLC0415 - only where it is asked for

    if type(values) is Masked:
        kinds = {"b": "BooleanArray", "f": "FloatingArray"}
        kind = kinds.get(values.data.dtype.kind, "IntegerArray")
        return getattr(pd.arrays, kind)(values.data.copy(), values.mask.copy())
    if type(dtype) is Categories:
        categories = dtype.values.pandas()
        return pd.Categorical(_objects(values), categories, ordered=dtype.ordered)
    if dtype in TEXTS and not (dtype == "str" and pd.__version__ < "3"):
        return pd.array(_objects(values), dtype=dtype)
    if dtype != values.dtype.name and dtype.startswith("datetime64["):
        zone = dtype.partition(", ")[2].removesuffix("]")
        return pd.DatetimeIndex(values.copy()).tz_localize("UTC").tz_convert(zone).array
    return _objects(values)


@dataclass(frozen=True, slots=True, eq=False)
class Index(Tagged):
    """An index of pandas.

    `values` is an array (length,), `Masked` where `dtype` is one of pandas' nullable dtypes. Texts
    ("str", "string") are an array of objects, datetimes with a zone are in UTC. `dtype` is its
    name, that of the array where none is given, or `Categories`.
    """

    values: np.ndarray | Masked
    dtype: "str | Categories" = ""
    name: Any = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _name_dtype(self)
        _require_column(self.values, self.dtype)

    def __len__(self) -> int:
        """Return how many labels there are."""
        return _length(self.values)

    def labels(self) -> list[Any]:
        """Return the labels as a list; what is masked is None."""
        if isinstance(self.values, Masked):
            pairs = zip(self.values.data.tolist(), self.values.mask.tolist(), strict=True)
            return [None if hidden else each for each, hidden in pairs]
        return list(self.values.tolist())

    def pandas(self) -> Any:
        """Return the index. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        column = _column(self.values, self.dtype)
        dtype = object if self.dtype == "object" else None
        return pd.Index(column, dtype=dtype, name=self.name, tupleize_cols=False)


@dataclass(frozen=True, slots=True, eq=False)
class MultiIndex(Tagged):
    """An index of pandas with several levels: an `Index` for each, all as long as the index is."""

    levels: tuple[Index, ...]

    def __post_init__(self) -> None:
        """Check the levels. Raises ValueError."""
        sound = type(self.levels) is tuple and all(type(each) is Index for each in self.levels)
        _require(
            sound and len({len(each) for each in self.levels}) == 1, "levels are as many labels"
        )

    def __len__(self) -> int:
        """Return how many labels there are."""
        return len(self.levels[0])

    def labels(self) -> list[Any]:
        """Return the labels as a list of tuples."""
        return list(zip(*(each.labels() for each in self.levels), strict=True))

    def pandas(self) -> Any:
        """Return the index. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        return pd.MultiIndex.from_arrays([each.pandas() for each in self.levels])


@dataclass(frozen=True, slots=True, eq=False)
class Series(Tagged):
    """A series of pandas: `values` and `dtype` as those of `Index`, and the labels, `index`.

    Where no index is given, the labels are 0, 1, 2, ...
    """

    values: np.ndarray | Masked
    dtype: "str | Categories" = ""
    index: Index | MultiIndex | None = None
    name: Any = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _name_dtype(self)
        length = _require_column(self.values, self.dtype)
        _number(self, length)
        _require(_labels(self.index) == length, "a series has another length than its index")

    def pandas(self) -> Any:
        """Return the series. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        assert self.index is not None  # noqa: S101 - for type checkers
        column, dtype = _column(self.values, self.dtype), self.dtype
        return pd.Series(
            column,
            index=self.index.pandas(),
            name=self.name,
            dtype=object if dtype == "object" else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Frame(Tagged):
    """A data frame of pandas.

    `columns` are the names of the columns, an `Index`; `values` and `dtypes` are one for each
    column, as those of `Index`; `index` are the labels of the rows, 0, 1, 2, ... where none are
    given.
    """

    columns: Index | MultiIndex
    values: tuple[np.ndarray | Masked, ...]
    dtypes: "tuple[str | Categories, ...]" = ()
    index: Index | MultiIndex | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(type(self.values) is tuple, "the columns of a frame are a tuple of arrays")
        if type(self.dtypes) is tuple and self.values and not self.dtypes:
            dtypes = tuple(
                getattr(getattr(each, "dtype", None), "name", "") for each in self.values
            )
            object.__setattr__(self, "dtypes", dtypes)
        many = len(self.values)
        _require(
            _labels(self.columns) == many
            and type(self.dtypes) is tuple
            and len(self.dtypes) == many,
            "a frame has as many names of columns and dtypes as it has columns",
        )
        lengths = {*map(_require_column, self.values, self.dtypes)}
        _number(self, max(lengths, default=0))
        length = _labels(self.index)
        _require(lengths <= {length}, "a column of a frame is not as long as its index")

    def column(self, name: object) -> np.ndarray | Masked:
        """Return the values of the first column of that name. Raises KeyError."""
        for place, each in enumerate(self.columns.labels()):
            if alike(each, name):
                return self.values[place]
        raise KeyError(name)

    def pandas(self) -> Any:
        """Return the frame. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        assert self.index is not None  # noqa: S101 - for type checkers
        columns = {
            place: pd.Series(
                _column(values, dtype),
                dtype=object if dtype == "object" else None,
            )
            for place, (values, dtype) in enumerate(zip(self.values, self.dtypes, strict=True))
        }
        frame = pd.DataFrame(columns, index=None if columns else range(len(self.index)))
        frame.index = self.index.pandas()
        frame.columns = self.columns.pandas()
        return frame


def _name_dtype(value: Index | Series) -> None:
    """Let an index or a series without a dtype have that of its array.

    Raises TypeError where its name is nothing that could name something.
    """
    hash(value.name)
    if type(value.dtype) is str and not value.dtype and type(value.values) is np.ndarray:
        object.__setattr__(value, "dtype", value.values.dtype.name)


def _number(value: Series | Frame, length: int) -> None:
    """Give rows without labels numbers."""
    if value.index is None:
        object.__setattr__(value, "index", Index(np.arange(length)))


def _labels(index: object) -> int:
    """Return how many labels an index has. Raises ValueError where it is none."""
    if type(index) is Index or type(index) is MultiIndex:
        return len(index)
    raise ValueError("what names columns or rows is no Index")


def _length(values: np.ndarray | Masked) -> int:
    return len(values.data if isinstance(values, Masked) else values)


# By the number of dimensions; more than two go with COO alone.
_FORMATS: Final[Mapping[int, tuple[str, ...]]] = {
    2: ("bsr", "coo", "csc", "csr", "dia", "dok", "lil"),
    1: ("coo", "csr", "dok"),
}
# Formats need room for every row, and one of them for every column of each diagonal.
MOST_ROWS: Final = 2**20
MOST_DENSE: Final = 2**26


@dataclass(frozen=True, slots=True, eq=False)
class Sparse(Tagged):
    """A sparse matrix, or array, of scipy.

    `data` are the values that it holds, (n,), and `places` where they stand, int64
    (dimensions, n): in the order of rows, none twice. `format` is scipy's name ("csr"); `matrix`
    tells matrices from arrays, which multiply otherwise.
    """

    data: np.ndarray
    places: np.ndarray
    shape: tuple[int, ...]
    format: str = "csr"
    matrix: bool = False

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        shape, places, data = self.shape, self.places, self.data
        _require(
            type(shape) is tuple
            and 0 < len(shape) <= 8
            and all(type(each) is int and 0 <= each <= MOST_ROWS for each in shape),
            f"a sparse array has up to 8 dimensions of up to {MOST_ROWS}",
        )
        _require(
            type(data) is np.ndarray
            and data.dtype.kind in "biufc"
            and data.dtype.itemsize <= 16
            and data.ndim == 1
            and type(places) is np.ndarray
            and places.dtype == np.int64
            and places.shape == (len(shape), len(data)),
            "the contents of a sparse array are its values and the places of them",
        )
        _require(
            type(self.matrix) is bool
            and _text(self.format)
            and self.format in _FORMATS.get(len(shape), ("coo",))
            and (len(shape) == 2 or not self.matrix),
            "scipy has no such format",
        )
        ends = np.array(shape, np.int64)[:, None]
        _require(bool(((places >= 0) & (places < ends)).all()), "a place lies outside")
        _require(_ascending(places), "the places are in no order, or not distinct")
        if self.format == "dia" and len(shape) == 2:
            diagonals = len(np.unique(places[1] - places[0]))
            _require(diagonals * shape[1] <= MOST_DENSE, "the diagonals take too much memory")

    def scipy(self) -> Any:
        """Return the matrix or array. Imports scipy."""
        from scipy import sparse  # noqa: PLC0415 - only where it is asked for

        kind = sparse.coo_matrix if self.matrix else sparse.coo_array
        made = kind((self.data.copy(), tuple(self.places.copy())), shape=self.shape)
        return made.asformat(self.format)

    def numpy(self) -> np.ndarray:
        """Return the whole array. Raises ValueError where it is over 512 MiB."""
        if math.prod(self.shape) > MOST_DENSE:
            raise ValueError(f"an array of shape {self.shape} takes too much memory")
        whole = np.zeros(self.shape, self.data.dtype)
        whole[tuple(self.places)] = self.data
        return whole


def _ascending(places: np.ndarray) -> bool:
    """Whether the columns of an array ascend as words in a dictionary do, none twice."""
    steps = np.sign(np.diff(places, axis=1))
    first = (steps != 0).argmax(axis=0)
    return bool((steps[first, np.arange(steps.shape[1])] > 0).all())


# The dtype and the channels of the pixels, by PIL's name of the mode.
MODES: Final[Mapping[str, tuple[str, int]]] = {
    "1": ("bool", 0),
    **dict.fromkeys(("L", "P"), ("uint8", 0)),
    **dict.fromkeys(("LA", "PA"), ("uint8", 2)),
    **dict.fromkeys(("RGB", "YCbCr", "LAB", "HSV"), ("uint8", 3)),
    **dict.fromkeys(("RGBA", "CMYK"), ("uint8", 4)),
    "I": ("int32", 0),
    "F": ("float32", 0),
    "I;16": ("uint16", 0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Picture(Tagged):
    """An image of PIL.

    `array` are its pixels, (height, width) or (height, width, channels), of the dtype that the
    `mode` has: uint8 for "L", "P", "RGB", "RGBA" and most others, bool for "1", int32 for "I",
    float32 for "F". `palette` are the colours of a "P" or "PA", uint8 (n, 3), None for any other.
    """

    array: np.ndarray
    mode: str
    palette: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(_text(self.mode) and self.mode in MODES, "an image has no such mode")
        dtype, channels = MODES[self.mode]
        array, palette = self.array, self.palette
        _require(
            type(array) is np.ndarray
            and array.dtype.name == dtype
            and array.shape[2:] == ((channels,) if channels else ())
            and array.ndim == 2 + bool(channels)
            and 0 not in array.shape,
            f"the pixels of an image of the mode {self.mode} are {dtype}, of another shape",
        )
        _require(
            (palette is None) is (self.mode not in ("P", "PA"))
            and (
                palette is None
                or (
                    type(palette) is np.ndarray
                    and palette.dtype == np.uint8
                    and palette.ndim == 2
                    and palette.shape[1] == 3
                    and len(palette) <= 256
                )
            ),
            "a palette has up to 256 colours, and images of the modes P and PA alone have one",
        )

    def pil(self) -> Any:
        """Return the image. Imports PIL."""
        from PIL import Image  # noqa: PLC0415 - only where it is asked for

        height, width = self.array.shape[:2]
        if self.mode == "1":
            return Image.fromarray(self.array.astype(np.uint8) * 255).convert("1")
        made = Image.frombytes(self.mode, (width, height), self.array.tobytes())
        if self.palette is not None:
            made.putpalette(self.palette.tobytes())
        return made


def _identifiers(names: object) -> bool:
    return (
        type(names) is tuple
        and all(
            type(each) is str and each.isidentifier() and not keyword.iskeyword(each)
            for each in names
        )
        and len(set(names)) == len(names)
    )


class Named(tuple[Any, ...]):
    """A named tuple: a tuple whose items can also be read by name.

    `type_name` is its class, `names` are the names of the items.
    """

    type_name: str
    names: tuple[str, ...]

    def __new__(
        cls, items: Sequence[object] = (), type_name: str = "", names: tuple[str, ...] = ()
    ) -> "Named":
        """Return the tuple. Raises ValueError where there are other names than items."""
        made = super().__new__(cls, items)
        _require(type_name == "" or _named(type_name), "a named tuple's class has no name")
        _require(
            not names or (_identifiers(names) and len(names) == len(made)),
            "a named tuple has as many names as items, all of them Python's, none twice",
        )
        made.__dict__.update(type_name=type_name, names=names)
        return made

    def __getattr__(self, name: str) -> Any:
        """Return the item of that name. Raises AttributeError."""
        if name not in self.__dict__.get("names", ()):
            raise AttributeError(f"there is no {name!r} in a {self.__dict__.get('type_name', '')}")
        return self[self.names.index(name)]

    def __repr__(self) -> str:
        """Return it as Python shows a named tuple."""
        if not self.names:
            return tuple.__repr__(self)
        pairs = ", ".join(f"{n}={v!r}" for n, v in zip(self.names, self, strict=True))
        return f"{self.type_name}({pairs})"


@dataclass(frozen=True, slots=True, eq=False)
class Record(Tagged):
    """An object of a dataclass: the name of its class, and its `fields` in their order."""

    type_name: str
    fields: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(_named(self.type_name), "a record's class has no name")
        _require(
            type(self.fields) is dict and _identifiers(tuple(self.fields)),
            "a record's fields are a dictionary by the names of Python's that they have",
        )

    def __hash__(self) -> int:
        """Return a hash. Raises TypeError where a field has none."""
        return hash((self.type_name, *self.fields.items()))

    def __getitem__(self, name: str) -> Any:
        """Return a field. Raises KeyError."""
        return self.fields[name]


@dataclass(frozen=True, slots=True, eq=False)
class Member(Tagged):
    """A member of an enumeration: the names of class and member, and its value.

    Flags that are combined and have no name of their own have None for one.
    """

    type_name: str
    name: str | None
    value: Any

    def __post_init__(self) -> None:
        """Check the names. Raises ValueError."""
        _require(_named(self.type_name), "a member's class has no name")
        _require(self.name is None or _named(self.name), "a member's name is no text")


@dataclass(frozen=True, slots=True, eq=False)
class Failure(Tagged):
    """An exception as a value: the name of its class, those of its bases, and its message.

    `bases` go from the nearest to "BaseException", so that `"ValueError" in failure.bases` tells
    whether the class derives from ValueError (the class itself is not among them).
    """

    type_name: str
    bases: tuple[str, ...] = ("Exception", "BaseException")
    message: str = ""

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _require(
            _named(self.type_name)
            and type(self.bases) is tuple
            and all(map(_named, self.bases))
            and _text(self.message),
            "an exception is the name of its class, those of its bases, and a message",
        )

    def exception(self) -> BaseException:
        """Return an exception: of Python's own class of that name, or the nearest such base."""
        for name in (self.type_name, *self.bases):
            kind = getattr(builtins, name, None)
            if isinstance(kind, type) and issubclass(kind, Exception):
                # It shows itself as its key would be shown.
                key = self.message[1:-1]
                keyed = issubclass(kind, KeyError) and repr(key) == self.message
                try:
                    return kind(key if keyed else self.message)
                # UnicodeDecodeError takes five arguments.
                except TypeError:
                    continue
        return Exception(self.message)


def _named(value: object) -> bool:
    # Reports tell it within a sentence.
    return type(value) is str and 0 < len(value) <= 200 and value.isprintable()


KINDS: Final[Mapping[str, type]] = {
    kind.__name__: kind
    for kind in (
        *(Tensor, Masked, Missing, Categories, Index, MultiIndex, Series, Frame, Sparse, Picture),
        *(Record, Member, Failure),
    )
}

_CALLED: Final[Mapping[type, str]] = {
    Tensor: "torch.Tensor",
    Masked: "masked array",
    Frame: "pandas.DataFrame",
    Series: "pandas.Series",
    Index: "pandas.Index",
    MultiIndex: "pandas.MultiIndex",
    Sparse: "scipy.sparse array",
    Picture: "PIL image",
}


def called(value: object) -> str:
    """Return what the class of a value is called where the value comes from."""
    if isinstance(value, Record | Member | Failure | Named):
        return value.type_name or "tuple"
    if isinstance(value, Described):
        return value.type_name
    if isinstance(value, Missing):
        return f"pandas.{value.name}"
    return _CALLED.get(type(value)) or type(value).__name__
