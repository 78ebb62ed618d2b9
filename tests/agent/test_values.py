"""What values promise: any crosses both ways, as what it held; no code of a student's is run."""

import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from grader.agent.held import held
from grader.agent.values import (
    KINDS,
    Described,
    Frame,
    Index,
    Named,
    Record,
    Series,
    Sparse,
    Tensor,
)
from grader.agent.values.base import alike
from grader.agent.wire import WireError, decode, encode, scalars
from grader.agent.wire.imported import Imported
from grader.errors import AssignmentError
from grader.judging.expressions import IMPORTS, expression
from grader.results.evidence import Item
from grader.scenario import Call, Get, Make, Scenario, Set, Value, from_answer
from grader.subjects.reference import Reference
from grader.subjects.wire_copy import passed
from tests.agent.test_wire_strict import frame
from tests.agent.valued import PREAMBLE, SEEN
from tests.notebooks import ROOT
from tests.serving import PATIENCE, Served, outcomes
from tests.values import RARE_VALUES

SOURCE = f"""{PREAMBLE}
def made(source):
    return eval(source)

def back(value):
    return value

def kind(value):
    return type(value).__name__
"""

EVERY = pytest.mark.parametrize("source", SEEN)


@pytest.fixture(scope="module")
def student() -> Iterator[Any]:
    """Return a function that asks a process, where the libraries are, what a call returns."""
    with Served(SOURCE) as served:
        snapshot = served.snapshot()

        def ask(function: str, argument: object) -> Any:
            scenario = Scenario(Call("y", function, args=[argument]))
            (outcome,) = outcomes(snapshot, scenario, seconds=PATIENCE)
            assert isinstance(outcome, Value), outcome
            return outcome.value

        yield ask


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    """Return the same names in the grader's own process."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(SOURCE, names)  # noqa: S102
    return names


@pytest.mark.xdist_group("values")
@EVERY
def test_an_answer_arrives_as_what_it_holds(student: Any, source: str) -> None:
    """The grader sees its own values, whatever library made them."""
    assert alike(student("made", source), SEEN[source][0])


@pytest.mark.xdist_group("values")
@EVERY
def test_a_question_hands_over_the_librarys_own(student: Any, source: str) -> None:
    """What a student's code is given is of the library's class, and comes back as it was."""
    seen, kind = SEEN[source]
    assert student("kind", seen) == kind
    assert alike(student("back", seen), seen)


@pytest.mark.xdist_group("values")
@EVERY
def test_an_author_may_ask_with_the_librarys_own(here: dict[str, Any], source: str) -> None:
    """A library's object in a question is the same question, and the reference answers the same."""
    value, seen = here["made"](source), SEEN[source][0]
    assert alike(decode(encode(value)), seen)
    question = Scenario(Call("y", "back", args=[value]))
    assert question.key == Scenario(Call("y", "back", args=[decode(encode(value))])).key
    (outcome,) = Reference(here).answer(question).outcomes
    assert isinstance(outcome, Value)
    assert alike(outcome.value, seen)


@EVERY
def test_a_report_can_show_it(source: str) -> None:
    """Evidence holds each value as a short text, or as numbers."""
    item = Item.of("value", SEEN[source][0])
    assert item.value is not None or item.shape is not None


@pytest.mark.parametrize("tag", sorted(scalars.READ))
def test_each_kind_of_scalar_has_an_example(tag: str) -> None:
    """One that is new is in the table of examples, so that all of the above is true of it."""
    shown = any(f'["{tag}"'.encode() in encode(seen) for seen, _ in SEEN.values())
    assert shown, f"SEEN in tests/agent/valued.py needs a value that is written as {tag!r}"


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_object_has_an_example(name: str) -> None:
    """One that is new, of a library's or a notebook's own, is there too."""
    tag = re.compile(rf'\["v", ?"{name}"'.encode())
    shown = any(tag.search(encode(seen)) for seen, _ in SEEN.values())
    assert shown, f"SEEN in tests/agent/valued.py needs an object of the kind {name}"


@pytest.mark.parametrize("kind", scalars.IMPORTED, ids=lambda each: each.name)
def test_each_kind_that_is_imported_is_known_everywhere(kind: Imported) -> None:
    """The page of what crosses names it, and a student's cell can show it."""
    page = (ROOT / "docs" / "values.md").read_text("utf-8")
    assert f"`{kind.name}`" in page, f"the table of docs/values.md needs a row for `{kind.name}`"
    shown = [value for value, _ in SEEN.values() if type(value) is kind.loaded]
    assert shown, f"SEEN in tests/agent/valued.py needs a {kind.name}"
    for value in shown:
        names: dict[str, Any] = {}
        exec(IMPORTS[kind.name], names)  # noqa: S102 - ours
        assert alike(eval(expression(value), names), value)  # noqa: S307 - ours


@given(RARE_VALUES)
def test_rarer_values_arrive_as_they_left(value: Any) -> None:
    """In type and content, and as one frame, through the wire and past it."""
    frame = encode(value)
    assert alike(decode(frame), value)
    assert encode(decode(frame)) == frame
    assert alike(passed(value), value)


def test_what_crossed_before_is_written_as_before() -> None:
    """Recordings are found by the bytes of a question."""
    value = [1, float("inf"), ("a", {"b": None}), np.zeros((2, 1), "f4"), object()]
    body = (
        '["l",1,["f","inf"],["t","a",["d","b",null]],["a","<f4",[2,1],"C",true],'
        '["x","builtins.object"]]'
    )
    assert encode(value)[12:] == body.encode() + bytes(8)


# Classes that would tell if they were asked.
TRAPS = """
import dataclasses, enum

def trap(*args, **kwargs):
    raise SystemExit("asked")

class Meta(type):
    __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = trap
    __name__ = property(trap)
    __mro__ = property(trap)

class Items(dict):
    items = keys = values = __iter__ = __len__ = __getitem__ = __eq__ = trap

class Row(list):
    __iter__ = __len__ = __getitem__ = __eq__ = __reduce__ = trap

class Pair(tuple):
    __iter__ = __len__ = __getitem__ = __eq__ = trap

class Bag(set):
    __iter__ = __len__ = __contains__ = trap

class Text(str):
    __str__ = __repr__ = __eq__ = __len__ = trap
    __hash__ = str.__hash__

class Number(int):
    __int__ = __index__ = __eq__ = __repr__ = bit_length = trap

class Odd(metaclass=Meta):
    __class__ = property(trap)

@dataclasses.dataclass
class Plain:
    x: int
    __getattribute__ = __eq__ = __repr__ = trap

@dataclasses.dataclass
class Computed:
    x: int = 0
    @property
    def y(self): trap()

Computed.__dataclass_fields__["y"] = Computed.__dataclass_fields__["x"]
"""


@pytest.fixture(scope="module")
def traps() -> dict[str, Any]:
    """Return the classes."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(TRAPS, names)  # noqa: S102
    return names


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Items(a=1)", {"a": 1}),
        ("Row([1, 2])", [1, 2]),
        ("Pair([1, 2])", (1, 2)),
        ("Bag([1, 2])", {1, 2}),
        ("Text('a')", "a"),
        ("Number(2**70)", 2**70),
        ("Plain(3)", Record("Plain", {"x": 3})),
        ("Computed()", Described("__main__.Computed")),
        ("Odd()", Described("__main__.Odd")),
        ("Odd", Described("__main__.Meta")),
        ("Meta", Described("builtins.type")),
    ],
)
def test_nothing_that_a_student_defined_is_asked(
    traps: dict[str, Any], source: str, seen: object
) -> None:
    """A class derived from Python's own goes by Python's methods; any other stays where it is."""
    value = eval(source, traps)  # noqa: S307
    assert alike(decode(encode([value])), [seen])
    plain = Reference({"f": lambda: value}).answer(Scenario(Call("y", "f"))).outcomes[0]
    assert isinstance(plain, Value)
    assert alike(plain.value, seen)


LIBRARY_TRAPS = """
import torch, pandas as pd, scipy.sparse
from PIL import Image

def trap(*args, **kwargs):
    raise SystemExit("asked")

class MyTensor(torch.Tensor):
    __torch_function__ = classmethod(trap)
    requires_grad = grad = is_leaf = property(trap)
    detach = numpy = cpu = trap

class MyFrame(pd.DataFrame):
    index = columns = dtypes = iloc = _constructor = property(trap)
    items = __len__ = __iter__ = to_numpy = trap

class MySeries(pd.Series):
    index = array = dtype = name = property(trap)

class MySparse(scipy.sparse.csr_array):
    tocoo = trap

class MyImage(Image.Image):
    tobytes = load = trap
    mode = size = property(trap)

def tensor():
    return torch.ones(2).as_subclass(MyTensor)

def frame():
    made = pd.DataFrame({"a": [1]})
    made.__class__ = MyFrame
    return made

def series():
    made = pd.Series([1])
    made.__class__ = MySeries
    return made

def sparse():
    made = scipy.sparse.csr_array([[1.0]])
    made.__class__ = MySparse
    return made

def image():
    return object.__new__(MyImage)
"""


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        ("tensor", Tensor(np.ones(2, "f4"))),
        ("frame", Frame(Index(np.array(["a"], object), "str"), (np.array([1]),))),
        ("series", Series(np.array([1]))),
        ("sparse", Described("__main__.MySparse")),
        ("image", Described("__main__.MyImage")),
    ],
)
def test_what_derives_from_a_library_is_read_by_the_librarys_own(make: str, seen: object) -> None:
    """No method or property of a student's is asked; where that cannot be, the type is told."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(LIBRARY_TRAPS, names)  # noqa: S102
    assert alike(decode(encode(names[make]())), seen)


def test_dictionaries_keep_their_order() -> None:
    """Also those that keep one of their own."""
    value = OrderedDict(a=1, b=2)
    value.move_to_end("a")
    assert list(decode(encode(value))) == ["b", "a"]


CHANGING = """
import torch, pandas as pd, numpy as np, dataclasses

@dataclasses.dataclass
class Point:
    x: list

class Store:
    def __init__(self):
        self.array, self.tensor = np.zeros(2), torch.zeros(2)
        self.frame = pd.DataFrame({"a": [0, 0]})
        self.texts = np.array([[0], None], object)
        self.all = {"list": [0], "array": self.array, "tensor": self.tensor, "set": set()}
        self.point, self.bytes = Point([0]), bytearray(1)

    def change(self):
        self.array += 1
        self.tensor += 1
        self.frame.loc[0, "a"] = 1
        self.texts[0].append(1)
        self.all["list"].append(1)
        self.all["set"].add(1)
        self.point.x.append(1)
        self.bytes[0] = 1
"""


@pytest.mark.parametrize("name", ["array", "tensor", "frame", "texts", "all", "point", "bytes"])
def test_an_answer_is_what_it_was_at_its_step(name: str) -> None:
    """What a later step changes in place changes no earlier answer."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(CHANGING, names)  # noqa: S102
    steps = Make("store", "Store"), Get("first", "store", name), Call("c", "store", "change")
    answers = Reference(names).answer(Scenario(*steps, Get("later", "store", name)))
    alone = Reference(names).answer(Scenario(*steps[:2])).outcomes[1]
    first, later = answers.outcome("first"), answers.outcome("later")
    assert isinstance(first, Value)
    assert isinstance(later, Value)
    assert isinstance(alone, Value)
    assert alike(first.value, alone.value)
    assert not alike(first.value, later.value)


@pytest.mark.parametrize(
    "value",
    [len, object(), lambda: 1, [1, {"a": (i for i in "")}], 1 << 20_000],
    ids=["function", "object", "lambda", "generator", "integer"],
)
def test_a_question_refuses_what_cannot_cross(value: object) -> None:
    """It is the assignment's fault, and told before anybody is asked."""
    question = Scenario(Make("layer", "Layer"), Set("layer", "value", value))
    with pytest.raises(AssignmentError, match=r"Step 2 .*, Set, holds a builtins\..*`Define`"):
        _ = question.key


def test_what_the_notebook_does_not_define_is_made_of_plain_things() -> None:
    """Records and members have their fields, named tuples their names, exceptions their base."""
    seen = [SEEN[each][0] for each in ("Point(1.0, [2])", "Pair(1, [2])", "Color.RED")]
    told = {
        "f": lambda point, pair, color: [point.x, pair.b, pair[0], color.name, color.value],
        "g": lambda error: isinstance(error, ValueError) and str(error),
    }
    question = Scenario(Call("y", "f", args=seen), Call("z", "g", args=[SEEN["OddError('no')"][0]]))
    first, second = Reference(told).answer(question).outcomes
    assert first == Value([1.0, [2], 1, "RED", 1])
    assert second == Value("no")


def test_structures_that_hold_themselves_stay_where_they_are() -> None:
    """A tree whose nodes know each other is told by its type; so is what holds too much."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(PREAMBLE, names)  # noqa: S102
    node = names["Point"](1.0, [])
    node.y.append(node)
    large = names["torch"].ones(1).expand(2**40)
    got = decode(encode([node, names["Point"](0.0, [0] * 3000), large, 1]))
    assert got[:2] == [Described("__main__.Point")] * 2
    assert got[2:] == [Described("torch.Tensor (too large to be answered with)"), 1]
    assert Reference({"f": lambda: node}).answer(Scenario(Call("y", "f"))).outcomes == (
        Value(Described("__main__.Point")),
    )


def test_a_named_tuple_is_a_tuple() -> None:
    """A check that expects a tuple takes one whose items have names."""
    pair: Any = Named((1, 2), "Pair", ("a", "b"))
    assert pair == (1, 2)
    assert (pair.a, pair.b) == (1, 2)
    with pytest.raises(AttributeError):
        _ = pair.c


def test_no_library_is_imported_to_tell_a_value() -> None:
    """Neither who writes nor who reads needs torch, pandas, scipy or PIL."""
    program = f"""
import sys
from grader.agent.values import *
from grader.agent.wire import decode, encode
import dataclasses, enum
class Thing: pass
frames = {[encode(seen) for seen, _kind in SEEN.values()]!r}
for frame in frames:
    assert encode(decode(frame)) == frame
encode([Thing(), Thing, len])
print(sorted(sys.modules.keys() & {{"torch", "pandas", "scipy", "PIL"}}))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.stdout.strip() == "[]", run.stderr


ONE = ["a", "<i8", [1], "C", True]
DAY = ["a", "<M8[s]", [1], "C", True]
HOSTILE: list[Any] = [
    *(
        ["int", "f" * 4000],
        ["int", "5"],
        ["int", "-0"],
        ["int", "0x" + "f" * 20],
        ["int", " 1" * 9],
    ),
    *(["int", 1], ["int"], ["complex", 1, 2], ["complex", 1.5], ["complex", "1", "2"]),
    *(["bytes", 9], ["bytes", -1], ["bytes", True], ["bytes"], ["bytearray", 2**50]),
    *(["set", 1, 1], ["set", ["l"]], ["set", ["d"]], ["frozenset", ["t", ["l"]]], ["set", 1, True]),
    *(["dict", 1], ["dict", 1, 2, 1, 3], ["dict", ["l"], 1], ["dict", 0, 1, False, 2]),
    *(["range", 0, 5, 0], ["range", 0, 10**9, 1], ["range", 0, -(10**9), -1], ["range", 0, 1]),
    *(["range", 0, ["int", "f" * 30], 1], ["range", 0.5, 1, 1], ["range", True, 1, 1]),
    *(["slice", 1, 2], ["slice", 1, 2, 3, 4], ["ellipsis", 1]),
    *(["decimal", 0, "1", 10**9], ["decimal", 0, "1" * 5000, 0], ["decimal", 0, "01", 0]),
    *(["decimal", 2, "1", 0], ["decimal", 0, "1", "N"], ["decimal", 0, "1", "F"]),
    *(["decimal", 0, "٣", 0], ["decimal", 0, "", 0], ["fraction", 1, 0], ["fraction", 2, 4]),
    *(["fraction", 1, -2], ["fraction", 1.5, 2], ["date", 0, 1, 1], ["date", 2020, 2, 30]),
    *(["date", 10**30, 1, 1], ["time", 25, 0, 0, 0, 0, None], ["time", 1, 0, 0, 0, 2, None]),
    *(["datetime", 2020, 1, 1, 0, 0, 0, 0, 0, ["l", 86_400 * 10**6, "a"]],),
    *(["datetime", 2020, 1, 1, 0, 0, 0, 0, 0, ["l", 0, "a" * 65]], ["datetime", 2020, 1, 1]),
    *(
        ["delta", 10**10, 0, 0],
        ["delta", 0, 86_400, 0],
        ["delta", 0, 0, 10**6],
        ["delta", 0.5, 0, 0],
    ),
    *(["objects", [2], True, 1], ["objects", [2**40], True], ["objects", [-1], True]),
    *(["objects", [1], 1, 1], ["objects", [1]], ["objects"], ["objects", "1", True, 1]),
    *(["fields", ["t"], 0, ["t"], True], ["fields", ["t", "a"], 0, ["t", 1], True]),
    *(
        ["fields", ["t", "a", "a"], 0, ["t", ONE], True],
        ["fields", ["t", "a"], 2, ["t", ONE], True],
    ),
    *(["fields", ["t", ""], 1, ["t", ONE], True], ["fields", ["t", "a"], -1, ["t", ONE], True]),
    ["fields", ["t", "a"], 1, ["t", ["objects", [1], True, 1]], True],
    *(["v"], ["v", "object"], ["v", ["l"]], ["v", "Tagged"], ["v", "Tensor"], ["v", "Ref", "y"]),
    *(["v", "Tensor", ONE, "float32", False, None], ["v", "Tensor", ONE, "int64", True, None]),
    *(["v", "Tensor", ONE, ONE, False, None], ["v", "Tensor", 1, "int64", False, None]),
    *(["v", "Masked", ONE, ONE], ["v", "Missing", "x"], ["v", "Missing", ONE]),
    *(["v", "Index", ONE, "float64", None], ["v", "Index", ONE, "int64", ["l"]]),
    *(["v", "Index", ONE, ONE, None], ["v", "Categories", ONE, False], ["v", "MultiIndex", ["t"]]),
    *(["v", "Series", ONE, "int64", ONE, None], ["v", "MultiIndex", ["t", 1]]),
    # A zone that is a path, a name with the end of a line in it.
    *(
        ["v", "Index", DAY, f"datetime64[s, {zone}]", None]
        for zone in ("dateutil//etc/x", "/etc/x")
    ),
    *(["v", "Record", "P\nQ", ["d"]], ["v", "Failure", "E\r", ["t"], ""]),
    *(
        ["v", "Frame", 1, ["t"], ["t"], None],
        ["v", "Frame", None, ["t", ONE], ["t", "int64"], None],
    ),
    *(["v", "Sparse", ONE, ONE, ["t", 1], "csr", False], ["v", "Picture", ONE, "RGB", None]),
    *(["v", "Picture", ONE, ["l"], None], ["v", "Record", "P", ["d", "not a name", 1]]),
    *(["v", "Record", "P", ["d", "class", 1]], ["v", "Record", "P", ["l"]]),
    *(["v", "Named", "P", ["t", "a"], ["t"]], ["v", "Named", "P", ["t", "a", "a"], ["t", 1, 2]]),
    *(["v", "Member", 1, "a", 1], ["v", "Member", "C", ["l"], 1]),
    *(["v", "Failure", "E", ["t", 1], ""], ["v", "Failure", "E", ["t"], None]),
    # All of them have one hash: looking one up would go through all the others.
    ["set", *[["int", format(n * (2**61 - 1), "x")] for n in range(10, 300)]],
]


@pytest.mark.parametrize("tree", HOSTILE, ids=lambda tree: str(tree)[:50])
def test_what_no_value_could_be_is_refused(tree: Any) -> None:
    """Each kind of value has its bounds, and what is over them is nothing but a WireError."""
    with pytest.raises(WireError):
        decode(frame(tree, bytes(8)))
    with pytest.raises(WireError):
        decode(frame(tree))
    with pytest.raises(WireError):
        decode(frame(tree, bytes(16)))


@pytest.mark.parametrize(
    ("places", "shape", "form"),
    [
        ([[0], [5]], (2, 3), "csr"),
        ([[-1], [0]], (2, 3), "csr"),
        ([[0, 0], [1, 1]], (2, 3), "csr"),
        ([[1, 0], [0, 0]], (2, 3), "csr"),
        ([[0], [0]], (2**40, 3), "csr"),
        ([[0], [0]], (2, 3), "xyz"),
        ([np.arange(1000), np.zeros(1000, int)], (2**20, 2**20), "dia"),
    ],
)
def test_a_sparse_array_holds_what_one_can(places: Any, shape: Any, form: str) -> None:
    """Every value has a place of its own within the shape, and none takes the memory away."""
    held = np.array(places, np.int64)
    with pytest.raises(ValueError, match=r"\w"):
        Sparse(np.ones(held.shape[1]), held, shape, form)


def test_work_is_a_count_whatever_integers_can_travel() -> None:
    """Checks compute with it as a float."""
    assert from_answer(["value", 1, [], 5]) == Value(1, (), 5)
    with pytest.raises(WireError, match="work"):
        from_answer(["value", 1, [], 2**2000])


def test_letters_that_are_none_are_refused() -> None:
    """An array of texts is made of letters that there are."""
    with pytest.raises(WireError, match="letter"):
        decode(frame(["a", "<U1", [1], "C", True], b"\xff" * 4))


def test_changed_frames_end_in_a_value_or_a_wire_error() -> None:
    """A short run of the fuzzer, which is run for longer by hand."""
    program = [sys.executable, "-m", "benchmarks.fuzz_wire", "--seconds", "2", "--seed", "7"]
    run = subprocess.run(program, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_two_tensors_of_one_answer_are_not_taken_for_each_other() -> None:
    """What is copied on the way has no identity that another copy could have later."""
    torch = pytest.importorskip("torch")
    many = [torch.full((3,), float(number)) for number in range(20)]
    assert [each.array[0] for each in held(many)] == list(range(20))
