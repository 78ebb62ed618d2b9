"""What a plain check is asked with: each input in a word, drawn by Hypothesis, simplest first.

    @layer.check(points=2)
    def outputs(code, x=floats("batch", "n_in"), labels=integers("batch", below="n_out")):

A size is a number or a name; one name is one size in all inputs of a check, drawn from 1 to 5, and
a parameter of that name is given it.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, make_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from hypothesis import strategies as st

from grader.agent.values import TENSOR_DTYPES, Tensor
from grader.asking.cases import Case
from grader.asking.frames import table
from grader.asking.libraries import as_data
from grader.asking.numbers import DTYPES, KINDS, LAYOUTS, SIZES, Numbers, laid_out
from grader.asking.standin import STAND_INS
from grader.errors import AssignmentError
from grader.i18n import _
from grader.results.evidence import Item

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Size = int | str

# Reals that a person can compute with, before any others.
_DIGITS: Final = 2


@dataclass(frozen=True)
class Input:
    """One input of a check: how the small values that it is made from are drawn, and the making.

    `make` gets what was drawn, the sizes by their names, and which input of the check it is.
    `sizes` are the names that it uses, `kind` the type of what is drawn, to be read back from JSON.
    """

    strategy: Callable[[], "SearchStrategy[Any]"]
    make: Callable[[Any, Mapping[str, int], int], Any]
    sizes: tuple[str, ...] = ()
    kind: Any = Any


def floats(
    *shape: Size,
    low: float | None = None,
    high: float | None = None,
    kinds: Sequence[str] = KINDS,
    dtypes: Sequence[str] = DTYPES,
    layouts: Sequence[str] = LAYOUTS,
) -> Any:
    """Return an input of real numbers: an array of `shape`, one number without a shape.

    `kinds` are what the numbers may be: "integers" from -2 to 3 without 0 (drawn first), "normal"
    around 0 with deviation 1, "zeros" many of which are 0, "large" and "tiny", a thousand times as
    large or small. With `low` and `high`, they are evenly spread between these instead. An array
    has one of `dtypes` and of `layouts` in memory: "C", "F" or "strided".
    """
    if (low is None) is not (high is None):
        raise AssignmentError("An input is given `low` without `high`, or the reverse: give both.")
    numbers = st.builds(
        Numbers,
        kind=st.sampled_from(tuple(kinds)),
        dtype=st.sampled_from(tuple(dtypes)),
        layout=st.sampled_from(tuple(layouts)),
        seed=st.integers(0, 2**16),
    )

    def make(drawn: Numbers, sizes: Mapping[str, int], place: int) -> Any:
        extent = tuple(_size(each, sizes) for each in shape)
        if low is None or high is None:
            values: Any = drawn.array(place, *extent)
        else:
            # What shrinking ends in has few digits.
            random = np.random.default_rng([drawn.seed, place])
            values = low + (high - low) * np.round(random.random(extent), _DIGITS)
        if not shape:
            return float(values)
        return laid_out(np.asarray(values).astype(drawn.dtype), drawn.layout)

    return Input(lambda: numbers, make, _names(shape), Numbers)


def integers(*shape: Size, low: int = 0, high: int = 9, below: Size | None = None) -> Any:
    """Return an input of integers from `low` to `high`, both included, or to one `below` a size.

    It is an int64 array of `shape`, and one int without a shape.
    """

    def make(drawn: int, sizes: Mapping[str, int], place: int) -> Any:
        most = high if below is None else _size(below, sizes) - 1
        if not shape:
            return low + drawn % (most - low + 1)
        extent = tuple(_size(each, sizes) for each in shape)
        if drawn == 0:
            # What shrinking ends in: numbers in a row.
            return low + np.arange(np.prod(extent, dtype=int)).reshape(extent) % (most - low + 1)
        return np.random.default_rng([drawn, place]).integers(low, most + 1, size=extent)

    names = _names((*shape, *([] if below is None else [below])))
    return Input(lambda: st.integers(0, 2**16), make, names)


def sizes(low: int = 1, high: int = 5) -> Any:
    """Return an input that is the size of its parameter's name, an int from `low` to `high`."""
    return Input(lambda: st.integers(low, high), lambda drawn, _sizes, _place: drawn)


def booleans() -> Any:
    """Return an input that is False or True."""
    return drawn_from(st.booleans())


def texts(alphabet: str = "abc ", *, least: int = 0, most: int = 8) -> Any:
    """Return an input that is a text of `least` to `most` letters of an alphabet."""
    return drawn_from(st.text(alphabet, min_size=least, max_size=most))


def one_of(*values: object) -> Any:
    """Return an input that is one of these values, the first of them first."""
    places = st.integers(0, len(values) - 1)
    return Input(lambda: places, lambda drawn, _sizes, _place: values[drawn])


def lists(of: Any, *, least: int = 0, most: int = 5) -> Any:
    """Return an input that is a list of `least` to `most` items, each an input such as `of`."""
    if not isinstance(of, Input):
        raise AssignmentError(f"A list is to be of {of!r}, which is no input such as `integers()`.")
    item = of
    return Input(
        lambda: st.lists(item.strategy(), min_size=least, max_size=most),
        lambda drawn, sizes, place: [
            item.make(each, sizes, place + at) for at, each in enumerate(drawn)
        ],
        item.sizes,
        tuple.__class_getitem__((item.kind, ...)),
    )


def tensors(of: Any, requires_grad: bool = False, *, dtype: str | None = None) -> Any:
    """Return an input that is a tensor of torch, of the numbers of another input.

    `tensors(floats("batch", 3))` is one of float32, `tensors(integers("batch", below="classes"))`
    one of int64, unless `dtype` names another of torch's. One that `requires_grad` is made in the
    notebook, as a leaf: what calls do to it is read there, as `x.grad`.

    Raises AssignmentError for what is no input, and a dtype that torch does not have.
    """
    if not isinstance(of, Input):
        raise AssignmentError(f"A tensor is to be of {of!r}, which is no input such as `floats()`.")
    if dtype is not None and dtype not in TENSOR_DTYPES:
        raise AssignmentError(
            f"A tensor is to have the dtype {dtype!r}, which is unknown to torch."
        )

    def make(drawn: Any, sizes: Mapping[str, int], place: int) -> Tensor:
        array = np.asarray(of.make(drawn, sizes, place))
        known = dtype or ("float32" if array.dtype.kind == "f" else array.dtype.name)
        kept = np.ascontiguousarray(array.astype(TENSOR_DTYPES[known])).reshape(array.shape)
        return Tensor(kept, known, requires_grad)

    return Input(of.strategy, make, of.sizes, of.kind)


def optional(of: Any) -> Any:
    """Return an input that is another's, such as `floats()`, or None, about once in four times."""
    if not isinstance(of, Input):
        raise AssignmentError(f"`optional` is given {of!r}, which is no input such as `floats()`.")
    item = of
    return Input(
        lambda: st.one_of(*[item.strategy()] * 3, st.none()),
        lambda drawn, sizes, place: None if drawn is None else item.make(drawn, sizes, place),
        item.sizes,
        item.kind | None,
    )


def frames(rows: Size, /, **columns: Any) -> Any:
    """Return an input that is a DataFrame of pandas with so many `rows`, numbered from 0.

    Each of `columns` is an input of one value, such as `floats()` or `texts()`, drawn for each row.
    In a column of `optional(…)`, values are missing. A column with a name that is none of Python's
    is given as `**{"net weight": floats()}`.

    Raises AssignmentError for a column that is no input.
    """
    for name, each in columns.items():
        if not isinstance(each, Input):
            raise AssignmentError(
                f"The column `{name}` is {each!r}, which is no input such as `floats()`."
            )
    real = [name for name, each in columns.items() if each.kind in (Numbers, Numbers | None)]

    def make(drawn: Any, sizes: Mapping[str, int], place: int) -> Any:
        many = range(_size(rows, sizes))
        values = {
            name: [each.make(cells[row % len(cells)], sizes, place + at) for row in many]
            for at, ((name, each), cells) in enumerate(zip(columns.items(), drawn, strict=True))
        }
        return table(values, real)

    def drawing() -> "SearchStrategy[Any]":
        return st.tuples(
            *[
                st.lists(each.strategy(), min_size=1, max_size=_MOST_CELLS)
                for each in columns.values()
            ]
        )

    names = (name for each in columns.values() for name in each.sizes)
    kinds = tuple(tuple.__class_getitem__((each.kind, ...)) for each in columns.values())
    return Input(
        drawing,
        make,
        tuple(dict.fromkeys([*_names([rows]), *names])),
        tuple.__class_getitem__(kinds),
    )


# A frame of more rows has its cells again and again.
_MOST_CELLS: Final = 8


def drawn_from(
    strategy: "SearchStrategy[Any]", make: Callable[[Any], object] = lambda drawn: drawn
) -> Any:
    """Return an input of any Hypothesis strategy of plain values, and what to `make` of them.

    Plain values are numbers, texts, None and sequences of such, which arrive as tuples: a released
    folder keeps them.
    """
    return Input(lambda: strategy, lambda drawn, _sizes, _place: make(drawn))


def _size(size: Size, known: Mapping[str, int]) -> int:
    return known[size] if isinstance(size, str) else size


def _names(shape: Sequence[Size]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in shape if isinstance(each, str)))


@dataclass(frozen=True)
class Drawn(Case):
    """What the inputs of one check are drawn as. Subclasses have a field for each."""

    def __post_init__(self) -> None:
        # Cases are kept in sets.
        for each in fields(self):
            object.__setattr__(self, each.name, _frozen(getattr(self, each.name)))

    @classmethod
    def inputs_of(cls) -> Mapping[str, Input]:
        """Return the inputs by the names of the parameters."""
        raise NotImplementedError

    @classmethod
    def sized_by(cls) -> tuple[str, ...]:
        """Return the sizes that are drawn beside the inputs."""
        raise NotImplementedError

    @classmethod
    def strategy(cls) -> "SearchStrategy[Any]":
        """Return how cases are drawn."""
        drawn: dict[str, Any] = {_field(name): SIZES for name in cls.sized_by()}
        drawn |= {_field(name): each.strategy() for name, each in cls.inputs_of().items()}
        return st.builds(cls, **drawn)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The named sizes."""
        names = {name for each in self.inputs_of().values() for name in each.sizes}
        return {name: getattr(self, _field(name)) for name in sorted(names)}

    @property
    def values(self) -> dict[str, Any]:
        """What the check is given, by the names of its parameters: made anew, as it may change."""
        return {
            name: each.make(getattr(self, _field(name)), self.sizes, place)
            for place, (name, each) in enumerate(self.inputs_of().items())
        }

    def inputs(self) -> Sequence[Item]:
        """Return what a person needs to see."""
        return [Item.of(name, as_data(value)) for name, value in self.values.items()]

    def sizes_differ(self) -> bool:
        """Whether the named sizes can be told apart."""
        return len(set(self.sizes.values())) == len(self.sizes)

    def edges(self) -> Sequence[str]:
        """Return which of the named sizes are 1."""
        return [_("`{name}` = 1", name=name) for name, size in self.sizes.items() if size == 1]


def _field(name: str) -> str:
    # An input may be called as a method of a case is.
    return f"of_{name}"


def _frozen(drawn: Any) -> Any:
    return tuple(map(_frozen, drawn)) if isinstance(drawn, list | tuple) else drawn


def kind_of(function: Callable[..., Any]) -> type[Drawn] | None:
    """Return the class of the cases of a plain check, None where it draws nothing.

    Raises AssignmentError for a parameter that is no input.
    """
    declared = dict(list(inspect.signature(function).parameters.items()))
    inputs: dict[str, Input] = {}
    for name, parameter in declared.items():
        if name in STAND_INS:
            continue
        if not isinstance(parameter.default, Input):
            raise AssignmentError(
                f"The check `{function.__name__}` has a parameter `{name}` that nothing is known "
                f"to fill: give it an input, such as `{name}=floats(3)`."
            )
        inputs[name] = parameter.default
    if not inputs:
        return None
    named = dict.fromkeys(name for each in inputs.values() for name in each.sizes)
    drawn = tuple(name for name in named if name not in inputs)
    kept: list[tuple[str, Any]] = [(_field(name), int) for name in drawn]
    kept += [(_field(name), each.kind) for name, each in inputs.items()]
    kind = make_dataclass(
        function.__name__,
        kept,
        bases=(Drawn,),
        frozen=True,
        namespace={
            "inputs_of": classmethod(lambda _cls: inputs),
            "sized_by": classmethod(lambda _cls: drawn),
            "__doc__": f"What `{function.__name__}` is asked with.",
        },
    )
    kind.__module__ = function.__module__
    return cast("type[Drawn]", kind)
