"""One value of every kind that crosses: how a notebook makes it, and as what the grader sees it.

The expressions are evaluated where `PREAMBLE` has been executed.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from grader import (
    Categories,
    Failure,
    Frame,
    Index,
    Masked,
    Member,
    Missing,
    MultiIndex,
    Named,
    Picture,
    Record,
    Series,
    Sparse,
    Tensor,
)

PREAMBLE: Final = """
import dataclasses, datetime, enum, typing
from decimal import Decimal
from fractions import Fraction
import numpy as np, pandas as pd, torch
import scipy.sparse
from PIL import Image

class Color(enum.Enum):
    RED = 1

class Bits(enum.Flag):
    A = 1
    B = 2

@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    y: object = None

class Pair(typing.NamedTuple):
    a: int
    b: object

class OddError(ValueError):
    pass

def with_gradient():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    return x

def palette():
    image = Image.new("P", (2, 1), 1)
    image.putpalette([0, 0, 0, 9, 8, 7])
    return image
"""


def texts(*items: object) -> np.ndarray:
    """Return an array of objects."""
    return np.array([*items, None], object)[:-1]


NAN: Final = float("nan")
ROWS: Final = Index(np.arange(2))

# What torch's class is called, and so on, where it is not that of what the grader sees.
SEEN: Final[dict[str, tuple[Any, str]]] = {
    "2**100": (2**100, "int"),
    "-2**63 - 1": (-(2**63) - 1, "int"),
    "1 - 2j": (1 - 2j, "complex"),
    "complex('nan')": (complex("nan"), "complex"),
    "b'a\\0b'": (b"a\0b", "bytes"),
    "bytearray(b'ab')": (bytearray(b"ab"), "bytearray"),
    "{1, 'a', (2, None), 2.5, b'q'}": ({1, "a", (2, None), 2.5, b"q"}, "set"),
    "frozenset([frozenset([1]), 2])": (frozenset([frozenset([1]), 2]), "frozenset"),
    "range(9, 0, -2)": (range(9, 0, -2), "range"),
    "slice(1, None, 2)": (slice(1, None, 2), "slice"),
    "...": (..., "ellipsis"),
    "{2: 'a', (1, 2): [3], None: 1.5, 'k': 0}": (
        {2: "a", (1, 2): [3], None: 1.5, "k": 0},
        "dict",
    ),
    "{np.int64(3): 1}": ({3: 1}, "dict"),
    "Pair(1, [2])": (Named((1, [2]), "Pair", ("a", "b")), "Pair"),
    "Point(1.0, [2])": (Record("Point", {"x": 1.0, "y": [2]}), "Point"),
    "{Point(1.0)}": ({Record("Point", {"x": 1.0, "y": None})}, "set"),
    "Color.RED": (Member("Color", "RED", 1), "Color"),
    "Bits.A | Bits.B": (Member("Bits", "A|B", 3), "Bits"),
    "Decimal('-1.50')": (Decimal("-1.50"), "Decimal"),
    "Decimal('NaN')": (Decimal("NaN"), "Decimal"),
    "Decimal('Infinity')": (Decimal("Infinity"), "Decimal"),
    "Fraction(-1, 3)": (Fraction(-1, 3), "Fraction"),
    "datetime.date(2020, 1, 2)": (date(2020, 1, 2), "date"),
    "datetime.time(1, 2, 3, 4)": (time(1, 2, 3, 4), "time"),
    "datetime.datetime(2020, 1, 2, 3, fold=1)": (
        datetime(2020, 1, 2, 3, fold=1),  # noqa: DTZ001 - one without a zone
        "datetime",
    ),
    "datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)": (
        datetime(2020, 1, 2, tzinfo=UTC),
        "datetime",
    ),
    "__import__('zoneinfo') and datetime.datetime(2020, 7, 2, "
    "tzinfo=__import__('zoneinfo').ZoneInfo('UTC'))": (
        datetime(2020, 7, 2, tzinfo=timezone(timedelta(0), "UTC")),
        "datetime",
    ),
    "datetime.timedelta(-1, 5, 6)": (timedelta(-1, 5, 6), "timedelta"),
    "np.array([1j], 'c8')": (np.array([1j], "c8"), "ndarray"),
    "np.array(['a', 'bcd'])": (np.array(["a", "bcd"]), "ndarray"),
    "np.array([b'a', b'bc'])": (np.array([b"a", b"bc"]), "ndarray"),
    "np.array(['2020-01-01', 'NaT'], 'M8[D]')": (
        np.array(["2020-01-01", "NaT"], "M8[D]"),
        "ndarray",
    ),
    "np.array([3], 'm8[ns]')": (np.array([3], "m8[ns]"), "ndarray"),
    "np.array([(1, [2, 3])], [('a', 'i4'), ('b', 'f8', 2)])": (
        np.array([(1, [2, 3])], [("a", "i4"), ("b", "f8", 2)]),
        "ndarray",
    ),
    "np.array([[1, 'a'], [None, [2]]], object)": (
        np.array([[1, "a"], [None, [2]]], object),
        "ndarray",
    ),
    "np.ma.masked_array([1.0, 2.0], [True, False])": (
        Masked(np.array([1.0, 2.0]), np.array([True, False])),
        "MaskedArray",
    ),
    "with_gradient()": (
        Tensor(np.array([1, 2], "f4"), "float32", True, np.array([2, 4], "f4")),
        "Tensor",
    ),
    "torch.tensor([[1, 2]])": (Tensor(np.array([[1, 2]])), "Tensor"),
    "torch.tensor([1.5, 3], dtype=torch.bfloat16)": (
        Tensor(np.array([1.5, 3], "f4"), "bfloat16"),
        "Tensor",
    ),
    "torch.tensor([1.5], dtype=torch.float8_e4m3fn)": (
        Tensor(np.array([1.5], "f4"), "float8_e4m3fn"),
        "Tensor",
    ),
    "torch.tensor([1j]).conj()": (Tensor(np.array([-1j], "c8")), "Tensor"),
    "torch.tensor(True)": (Tensor(np.array(True)), "Tensor"),
    "pd.DataFrame({'n': [1, None], 's': ['x', None]})": (
        Frame(
            Index(texts("n", "s"), "str"),
            (np.array([1, NAN]), texts("x", NAN)),
            ("float64", "str"),
        ),
        "DataFrame",
    ),
    "pd.DataFrame({'i': pd.array([1, None], 'Int64'), 'b': pd.array([None, True], 'boolean')},"
    " index=['p', 'q'])": (
        Frame(
            Index(texts("i", "b"), "str"),
            (
                Masked(np.array([1, 0]), np.array([False, True])),
                Masked(np.array([False, True]), np.array([True, False])),
            ),
            ("Int64", "boolean"),
            Index(texts("p", "q"), "str"),
        ),
        "DataFrame",
    ),
    "pd.Series([1, 2], index=pd.MultiIndex.from_tuples([(1, 'a'), (2, 'b')], names=['n', None]),"
    " name='v')": (
        Series(
            np.array([1, 2]),
            index=MultiIndex((Index(np.array([1, 2]), name="n"), Index(texts("a", "b"), "str"))),
            name="v",
        ),
        "Series",
    ),
    "pd.Series(pd.Categorical(['u', None], ['v', 'u'], ordered=True))": (
        Series(texts("u", NAN), Categories(Index(texts("v", "u"), "str"), True), ROWS),
        "Series",
    ),
    "pd.Series(np.array(['2020-01-01', 'NaT'], 'M8[ns]')).dt.tz_localize('UTC')": (
        Series(np.array(["2020-01-01", "NaT"], "M8[ns]"), "datetime64[ns, UTC]", ROWS),
        "Series",
    ),
    "pd.Series(['a', None], dtype='string')": (
        Series(texts("a", Missing("NA")), "string", ROWS),
        "Series",
    ),
    "pd.Series([1, 'a'], dtype=object)": (Series(texts(1, "a"), "object", ROWS), "Series"),
    "pd.Index([1, 2], name='k')": (Index(np.array([1, 2]), name="k"), "Index"),
    "pd.NA": (Missing("NA"), "NAType"),
    "pd.NaT": (Missing("NaT"), "NaTType"),
    "scipy.sparse.csr_matrix([[0, 1.5], [2, 0]])": (
        Sparse(np.array([1.5, 2]), np.array([[0, 1], [1, 0]]), (2, 2), "csr", True),
        "csr_matrix",
    ),
    "scipy.sparse.dok_array((2, 3))": (
        Sparse(np.zeros(0), np.zeros((2, 0), np.int64), (2, 3), "dok"),
        "dok_array",
    ),
    "Image.new('RGB', (2, 1), (1, 2, 3))": (
        Picture(np.array([[[1, 2, 3], [1, 2, 3]]], np.uint8), "RGB"),
        "Image",
    ),
    "Image.new('1', (2, 1), 1)": (Picture(np.array([[True, True]]), "1"), "Image"),
    "palette()": (
        Picture(np.array([[1, 1]], np.uint8), "P", np.array([[0, 0, 0], [9, 8, 7]], np.uint8)),
        "Image",
    ),
    "OddError('no')": (
        Failure("OddError", ("ValueError", "Exception", "BaseException"), "no"),
        "OddError",
    ),
    "KeyError('k')": (
        Failure("KeyError", ("LookupError", "Exception", "BaseException"), "'k'"),
        "KeyError",
    ),
}
