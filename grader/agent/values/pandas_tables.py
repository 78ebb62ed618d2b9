"""Data frames, series and indexes of pandas, and what is missing in them."""

import re
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .. import looking
from .base import Make, OfLibrary, alike, all_of, is_text, require
from .numpy_masked import Masked


@dataclass(frozen=True, slots=True, eq=False)
class Missing(OfLibrary):
    """What pandas has for a missing value, if not NaN or None: `name` is "NA" or "NaT"."""

    name: str

    def __post_init__(self) -> None:
        """Check the name. Raises ValueError."""
        require(is_text(self.name) and self.name in ("NA", "NaT"), "what is missing is NA or NaT")

    @property
    def type_name(self) -> str:
        """What pandas calls it."""
        return f"pandas.{self.name}"

    def pandas(self) -> Any:
        """Return the object. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        return getattr(pd, self.name)

    made = pandas


@dataclass(frozen=True, slots=True, eq=False)
class Categories(OfLibrary):
    """The dtype of a categorical column: what its values may be, an `Index`, in their order."""

    values: "Index"
    ordered: bool = False

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(
            type(self.values) is Index and type(self.ordered) is bool, "categories are an index"
        )

    def pandas(self) -> Any:
        """Return the dtype. Imports pandas."""
        import pandas as pd  # noqa: PLC0415 - only where it is asked for

        return pd.CategoricalDtype(self.values.pandas(), self.ordered)

    made = pandas


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
    require(type(data) is np.ndarray and data.ndim == 1, "a column is no array of one dimension")
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
    require(sound, "the contents of a column are not as a column of its dtype has them")
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
class Index(OfLibrary):
    """An index of pandas.

    `values` is an array (length,), `Masked` where `dtype` is one of pandas' nullable dtypes. Texts
    ("str", "string") are an array of objects, datetimes with a zone are in UTC. `dtype` is its
    name, that of the array where none is given, or `Categories`.
    """

    called = "pandas.Index"

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

    made = pandas


@dataclass(frozen=True, slots=True, eq=False)
class MultiIndex(OfLibrary):
    """An index of pandas with several levels: an `Index` for each, all as long as the index is."""

    called = "pandas.MultiIndex"

    levels: tuple[Index, ...]

    def __post_init__(self) -> None:
        """Check the levels. Raises ValueError."""
        sound = type(self.levels) is tuple and all(type(each) is Index for each in self.levels)
        require(
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

    made = pandas


@dataclass(frozen=True, slots=True, eq=False)
class Series(OfLibrary):
    """A series of pandas: `values` and `dtype` as those of `Index`, and the labels, `index`.

    Where no index is given, the labels are 0, 1, 2, ...
    """

    called = "pandas.Series"

    values: np.ndarray | Masked
    dtype: "str | Categories" = ""
    index: Index | MultiIndex | None = None
    name: Any = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        _name_dtype(self)
        length = _require_column(self.values, self.dtype)
        _number(self, length)
        require(_labels(self.index) == length, "a series has another length than its index")

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

    made = pandas


@dataclass(frozen=True, slots=True, eq=False)
class Frame(OfLibrary):
    """A data frame of pandas.

    `columns` are the names of the columns, an `Index`; `values` and `dtypes` are one for each
    column, as those of `Index`; `index` are the labels of the rows, 0, 1, 2, ... where none are
    given.
    """

    called = "pandas.DataFrame"

    columns: Index | MultiIndex
    values: tuple[np.ndarray | Masked, ...]
    dtypes: "tuple[str | Categories, ...]" = ()
    index: Index | MultiIndex | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError."""
        require(type(self.values) is tuple, "the columns of a frame are a tuple of arrays")
        if type(self.dtypes) is tuple and self.values and not self.dtypes:
            dtypes = tuple(
                getattr(getattr(each, "dtype", None), "name", "") for each in self.values
            )
            object.__setattr__(self, "dtypes", dtypes)
        many = len(self.values)
        require(
            _labels(self.columns) == many
            and type(self.dtypes) is tuple
            and len(self.dtypes) == many,
            "a frame has as many names of columns and dtypes as it has columns",
        )
        lengths = {*map(_require_column, self.values, self.dtypes)}
        _number(self, max(lengths, default=0))
        length = _labels(self.index)
        require(lengths <= {length}, "a column of a frame is not as long as its index")

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

    made = pandas


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


def recognised(value: Any, kind: type) -> Make | None:
    """Return what makes our own value of an object of pandas, None for anything else."""
    if looking.loaded("pandas", "DataFrame") is looking.ABSENT:
        return None
    import pandas as pd  # noqa: PLC0415 - it is there already

    if value is pd.NA or value is pd.NaT:
        return lambda: Missing("NA" if value is pd.NA else "NaT")
    if issubclass(kind, pd.DataFrame):
        return lambda: _frame(value)
    if issubclass(kind, pd.Series):
        return lambda: _series(value)
    if issubclass(kind, pd.Index) and all_of(kind, "pandas"):
        return lambda: _index(value)
    if kind is pd.Timestamp or kind is pd.Timedelta:
        return lambda: _moment(value)
    if issubclass(kind, pd.api.extensions.ExtensionArray) and all_of(kind, "pandas"):
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
    columns = [_told_column(plain.iloc[:, place].array) for place in range(plain.shape[1])]
    values, dtypes = zip(*columns, strict=True) if columns else ((), ())
    return Frame(_index(plain.columns), tuple(values), tuple(dtypes), _index(plain.index))


def _series(value: Any) -> Series:
    import pandas as pd  # noqa: PLC0415 - it is there already

    manager = looking.own(value, "_mgr")
    plain = pd.Series._from_mgr(manager, manager.axes)
    values, dtype = _told_column(plain.array)
    return Series(values, dtype, _index(plain.index), _name(looking.own(value, "_name")))


def _index(index: Any) -> Index | MultiIndex:
    import pandas as pd  # noqa: PLC0415 - it is there already

    if isinstance(index, pd.MultiIndex):
        levels = [_index(index.get_level_values(place)) for place in range(index.nlevels)]
        return MultiIndex(tuple(each for each in levels if isinstance(each, Index)))
    values, dtype = _told_column(index.array)
    return Index(values, dtype, _name(index.name))


def _told_column(column: Any) -> tuple[np.ndarray | Masked, str | Categories]:
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


KINDS: Final = (Missing, Categories, Index, MultiIndex, Series, Frame)
