"""What edits promise: whatever slip of the pen was made, one of them undoes it, and it alone."""

import ast
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.mending.definitions import Definition
from grader.mending.edits import Edit, edits

LAYER = """\
class Affine(Layer):
    def __init__(self, n_in, n_out, rate=0.5):
        self.W = np.zeros((n_in, n_out))
        self.b = np.zeros(n_out)
        self.rate = rate
        self.size = n_in * n_out

    def forward(self, x):
        self.x = x.copy()
        total = x @ self.W
        return total + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0, keepdims=True)
        before = grad @ self.W.T
        self.W -= self.rate * self.grad_W
        self.b = self.b - self.rate * self.grad_b[0]
        if len(grad) > 1:
            self.seen = len(grad) - 1
        return before
"""
ASKED = ("forward", "backward", "W", "b", "grad_W", "grad_b")

# What a student wrote in the place of a line of the layer, and the kind of that slip.
SLIPS = [
    ("self.W -= self.rate * self.grad_W", "self.W -= self.lr * self.grad_W", "name"),
    ("self.W -= self.rate * self.grad_W", "self.W -= slef.rate * self.grad_W", "name"),
    ("total = x @ self.W", "total = X @ self.W", "name"),
    ("total = x @ self.W", "total = x @ W", "self"),
    ("self.grad_W = self.x.T @ grad", "grad_W = self.x.T @ grad", "self"),
    ("def forward(self, x):", "def forward(x):", "self"),
    ("def forward(self, x):", "def foward(self, x):", "name"),
    (
        "def __init__(self, n_in, n_out, rate=0.5):",
        "def init(self, n_in, n_out, rate=0.5):",
        "name",
    ),
    (
        "def __init__(self, n_in, n_out, rate=0.5):",
        "def __init__(self, n_out, n_in, rate=0.5):",
        "argument",
    ),
    ("self.x = x.copy()", "self.x = x.copy", "call"),
    ("self.x = x.copy()", "self.x = x", "copy"),
    ("self.x = x.copy()", "self.x = x.cpoy()", "name"),
    ("return total + self.b", "total + self.b", "return"),
    ("return total + self.b", "return total - self.b", "sign"),
    ("return total + self.b", "return -(total + self.b)", "sign"),
    ("return total + self.b", "return total", "factor"),
    ("return total + self.b", "return total + 2 * self.b", "factor"),
    ("self.grad_W = self.x.T @ grad", "self.grad_W = self.x @ grad", "transpose"),
    ("self.grad_W = self.x.T @ grad", "self.grad_W = grad @ self.x.T", "order"),
    ("self.grad_W = self.x.T @ grad", "self.grad_W = self.x.T * grad", "operator"),
    ("before = grad @ self.W.T", "before = grad @ self.W", "transpose"),
    (
        "self.grad_b = grad.sum(axis=0, keepdims=True)",
        "self.grad_b = grad.sum(axis=1, keepdims=True)",
        "axis",
    ),
    ("self.grad_b = grad.sum(axis=0, keepdims=True)", "self.grad_b = grad.sum(axis=0)", "axis"),
    ("self.grad_b = grad.sum(axis=0, keepdims=True)", "self.grad_b = grad.sum()", "axis"),
    (
        "self.grad_b = grad.sum(axis=0, keepdims=True)",
        "self.grad_b = grad.mean(axis=0, keepdims=True)",
        "function",
    ),
    ("self.W -= self.rate * self.grad_W", "self.W += self.rate * self.grad_W", "sign"),
    ("self.W -= self.rate * self.grad_W", "self.W = self.rate * self.grad_W", "assignment"),
    ("self.size = n_in * n_out", "self.size = n_in", "factor"),
    ("self.W = np.zeros((n_in, n_out))", "self.W = np.zeroes((n_in, n_out))", "name"),
    (
        "self.b = self.b - self.rate * self.grad_b[0]",
        "self.b = self.b - self.rate * self.grad_b[1]",
        "constant",
    ),
    ("if len(grad) > 1:", "if len(grad) >= 1:", "comparison"),
    ("self.seen = len(grad) - 1", "self.seen = len(grad) - 2", "constant"),
]


def definition(source: str) -> Definition:
    """Return a definition that is the whole of the cell 3."""
    lines = tuple(source.splitlines())
    return Definition(3, lines, tuple(range(1, len(lines) + 1)), editable=True)


def of(source: str) -> list[Edit]:
    """Return the edits of a source."""
    return list(edits(definition(source), names=("np", "Layer"), asked=ASKED))


def meaning(source: str) -> str:
    """Return what a source is, however it is laid out."""
    return ast.dump(ast.parse(source))


@pytest.mark.parametrize(("right", "wrong", "kind"), SLIPS, ids=lambda each: each)
def test_every_slip_is_undone_by_an_edit_of_its_kind(right: str, wrong: str, kind: str) -> None:
    """Of the edits of a class with one slip, one gives the class without it, in the slip's line."""
    slipped = LAYER.replace(right, wrong)
    number = slipped.splitlines().index(next(x for x in slipped.splitlines() if wrong in x))
    whole = meaning(LAYER)
    mends = [
        each for each in of(slipped) if meaning(definition(slipped).edited(each).text) == whole
    ]
    assert {(each.kind, each.at) for each in mends} == {(kind, number)}


@pytest.mark.parametrize(
    ("slipped", "kind"),
    [
        (LAYER.replace("        return before\n", ""), "return"),
        (LAYER.replace("self.rate * ", "self.step * "), "name"),
        (LAYER.replace("        return before\n", "            return before\n"), "indentation"),
        (
            LAYER.replace("        before = grad @ self.W.T\n", "").replace(
                "self.grad_W\n", "self.grad_W\n        before = grad @ self.W.T\n"
            ),
            "order",
        ),
    ],
    ids=["nothing returned", "one wrong name throughout", "returned too deep", "too late"],
)
def test_slips_of_statements_are_undone(slipped: str, kind: str) -> None:
    """What is missing at the end, called by one wrong name throughout, too deep or too late."""
    whole = meaning(LAYER)
    mends = [
        each for each in of(slipped) if meaning(definition(slipped).edited(each).text) == whole
    ]
    assert kind in {each.kind for each in mends}


def test_a_method_that_slid_into_another_is_taken_out() -> None:
    """A method that stands in the body of the one before it becomes the class's again."""
    start = LAYER.index("    def backward")
    deeper = "".join(f"    {line}" for line in LAYER[start:].splitlines(keepends=True))
    before = LAYER[:start].replace("        return total + self.b\n\n", "")
    slipped = f"{before}{deeper}        return total + self.b\n"
    assert meaning(LAYER) in [
        meaning(definition(slipped).edited(each).text) for each in of(slipped)
    ]


GATE = """\
class Gate(Layer):
    def __init__(self, rate):
        self.rate = rate

    def forward(self, x):
        self.x = x
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        slope = 1 - self.y ** 2
        open = self.x > 0
        grad = grad.copy()
        grad[self.x < 0] = 0
        self.both = self.y * (1 - self.y)
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        self.W = self.W - self.rate * self.grad_W
        self.b = self.b - self.rate * self.grad_b
        return grad * open * (slope - self.rate)
"""

# What was written, what it should have been, and the kind of the slip.
CONFUSIONS = [
    ("self.rate = rate", "self.rate = 0.1", "constant"),
    ("np.tanh(x)", "np.tan(x)", "function"),
    ("np.tanh(x)", "np.clip(-1, np.tanh(x))", "function"),
    ("return self.y", "return self.y, x", "return"),
    ("self.y ** 2", "self.y", "factor"),
    ("1 - self.y ** 2", "(1 - self.y) ** 2", "factor"),
    ("open = self.x > 0", "open = self.x", "comparison"),
    ("grad * open * (", "grad * (open > 0) * (", "comparison"),
    ("self.y * (1 - self.y)", "self.x * (1 - self.x)", "name"),
    ("self.x.T @ grad", "self.x @ grad.T", "transpose"),
    ("self.x.T @ grad", "grad @ self.x", "transpose"),
    ("self.x.T @ grad", "self.x.reshape(3, 2) @ grad", "transpose"),
    ("grad.sum(axis=0)", "grad[0]", "index"),
    ("grad * open * (slope", "grad * (slope", "factor"),
    ("(slope - self.rate)", "slope - self.rate", "factor"),
    ("self.x = x", "Gate.x = x", "self"),
    ("self.x = x\n", "x = x\n", "self"),
    ("def backward(self, grad):", "def backward(self, grad, rate):", "argument"),
    ("        grad = grad.copy()\n", "", "copy"),
    ("self.b - self.rate * self.grad_b", "self.b - self.grad_W", "factor"),
    ("self.b - self.rate * self.grad_b", "self.b + 2 * self.grad_b", "factor"),
]
CONFUSED_ALIKE = [
    (
        [
            ("W - self.rate * self.grad_W", "W + self.rate * self.grad_W"),
            ("b - self.rate * self.grad_b", "b + self.rate * self.grad_b"),
        ],
        "sign",
    ),
    (
        [
            ("W - self.rate * self.grad_W", "W - self.grad_W"),
            ("b - self.rate * self.grad_b", "b - self.grad_b"),
        ],
        "factor",
    ),
    (
        [
            ("W - self.rate * self.grad_W", "W - self.rate * np.sign(self.grad_W)"),
            ("b - self.rate * self.grad_b", "b - self.rate * np.sign(self.grad_b)"),
        ],
        "function",
    ),
]


def mends_of(slipped: str, right: str) -> list[Edit]:
    """Return the edits of `slipped` with which it computes what `right` does, term by term."""
    swapped = right
    for name in ("W", "b"):
        swapped = swapped.replace(f"self.rate * self.grad_{name}", f"self.grad_{name} * self.rate")
    whole = {meaning(right), meaning(swapped)}
    return [each for each in of(slipped) if meaning(definition(slipped).edited(each).text) in whole]


@pytest.mark.parametrize(("right", "wrong", "kind"), CONFUSIONS, ids=lambda each: each)
def test_what_is_easily_confused_is_undone(right: str, wrong: str, kind: str) -> None:
    """Shapes, brackets, functions thought alike, what is kept where, and what a number stands for.

    The line is the one that is wrong, or the one before which something is missing.
    """
    slipped = GATE.replace(right, wrong)
    assert slipped != GATE
    differing = [
        number
        for number, (mine, theirs) in enumerate(
            zip(slipped.splitlines(), GATE.splitlines(), strict=False)
        )
        if mine != theirs
    ]
    found = {(each.kind, each.at) for each in mends_of(slipped, GATE)}
    assert (kind, differing[0]) in found
    assert {at for _kind, at in found} == {differing[0]}


@pytest.mark.parametrize(("changes", "kind"), CONFUSED_ALIKE, ids=str)
def test_the_same_slip_in_statements_that_are_alike_is_one(
    changes: list[tuple[str, str]], kind: str
) -> None:
    """Who has W move uphill has b do so as well: one edit turns both, and no other line."""
    slipped = GATE
    for right, wrong in changes:
        assert right in slipped
        slipped = slipped.replace(right, wrong)
    found = mends_of(slipped, GATE)
    assert kind in {each.kind for each in found}
    first = next(n for n, line in enumerate(GATE.splitlines()) if "self.W = self.W" in line)
    assert {each.at for each in found} == {first}


def test_a_statement_is_taken_past_several() -> None:
    """What is computed after two updates, and belongs before them, is put there."""
    right = "def f(x, w, b):\n    y = x @ w\n    w = w - 1\n    b = b - 2\n    return y, w, b\n"
    lines = right.splitlines(keepends=True)
    slipped = "".join([lines[0], *lines[2:4], lines[1], lines[4]])
    assert ("order", 3) in {(each.kind, each.at) for each in mends_of(slipped, right)}


def test_what_is_done_twice_is_done_once() -> None:
    """Each of two statements that stand twice is left out where it stands again."""
    once = "    w = w - 1\n", "    b = b - 2\n"
    right = f"def f(w, b):\n{once[0]}{once[1]}    return w, b\n"
    slipped = f"def f(w, b):\n{once[0]}{once[0]}{once[1]}{once[1]}    return w, b\n"
    assert ("statement", 2) in {(each.kind, each.at) for each in mends_of(slipped, right)}


def test_one_entry_for_all_is_undone() -> None:
    """What is added to the first row alone is added to all."""
    right = "def f(x, b):\n    y = x * 2\n    y += b\n    return y\n"
    slipped = right.replace("y += b", "y[0] += b")
    assert ("index", 2) in {(each.kind, each.at) for each in mends_of(slipped, right)}


# A method, what was written in it, and the kind of the slip.
LEFT_OUT = [
    ("return (x * W).sum(axis=1) + b", "return (x * W + b).sum(axis=1)", "factor"),
    ("return np.log(x) - b", "return np.log(x - b)", "factor"),
    ("return np.clip(x, 0, None)", "return np.clip(x, 0, 6)", "argument"),
    ("return x * (x > 0)", "return x[x > 0]", "index"),
    ("return x @ W.T", "return x @ np.vstack([W, b]).T", "function"),
    ("return np.hstack([x, b]) @ W", "return np.hstack([b, x]) @ W", "argument"),
    ("return np.log(x)", "return np.log(x).astype(np.float32).astype(float)", "function"),
    ("return x > 0", "return x > x.mean()", "comparison"),
    ("return x * W * (1 - b)", "return x * W", "factor"),
    ("return x / (1 - b)", "return x", "factor"),
]


@pytest.mark.parametrize(("right", "wrong", "kind"), LEFT_OUT, ids=lambda each: each)
def test_what_is_left_out_or_too_much_is_undone(right: str, wrong: str, kind: str) -> None:
    """Brackets around too much, a limit, a mask that picks out, what is joined, a factor."""
    source = "def f(x, W, b):\n    {}\n"
    slipped, whole = source.format(wrong), source.format(right)
    assert (kind, 1) in {(each.kind, each.at) for each in mends_of(slipped, whole)}


@pytest.mark.parametrize(
    "statement",
    ["np.exp(x, out=x)", "np.subtract(x, W, out=x)", "x.sort()", "y = np.abs(x, out=x)"],
)
def test_an_argument_that_is_written_into_is_copied_first(statement: str) -> None:
    """However it is written into: by `out`, or by a method that works in place."""
    slipped = f"def f(x, W):\n    {statement}\n    return x\n"
    right = slipped.replace(f"    {statement}", f"    x = x.copy()\n    {statement}")
    assert ("copy", 1) in {(each.kind, each.at) for each in mends_of(slipped, right)}


STEPS = """\
class A:
    def __init__(self):
        self.W, self.b = np.ones(2), np.ones(2)
        self.bias = 1

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        self.W = self.W - 0.1 * self.grad_W
        self.b = self.b - 0.1 * self.grad_b
        return grad
"""


@pytest.mark.parametrize("name", ["W", "b"])
def test_the_step_of_another_parameter_is_put_in(name: str) -> None:
    """Who has written the step of one parameter has that of the other in the place of `pass`."""
    step = f"self.{name} = self.{name} - 0.1 * self.grad_{name}"
    slipped = STEPS.replace(step, "pass")
    at = slipped.splitlines().index("        pass")
    assert {(each.kind, each.at) for each in mends_of(slipped, STEPS)} == {("statement", at)}


def test_a_step_that_is_not_there_is_put_behind_that_of_another_parameter() -> None:
    """The line is the one after which it belongs."""
    slipped = STEPS.replace("        self.b = self.b - 0.1 * self.grad_b\n", "")
    at = next(n for n, line in enumerate(STEPS.splitlines()) if "self.W = self.W" in line)
    assert {(each.kind, each.at) for each in mends_of(slipped, STEPS)} == {("statement", at)}


def test_a_parameter_that_nobody_steps_is_not_put_in_for_another_name() -> None:
    """Where the other has no gradient of its own, there is nothing to write."""
    slipped = STEPS.replace("        self.b = self.b - 0.1 * self.grad_b\n", "")
    slipped = slipped.replace("        self.grad_b = grad.sum(axis=0)\n", "")
    assert not [each for each in of(slipped) if any("self.b = self.b" in line for line in each.new)]


MASK = """\
class A:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask
"""


@pytest.mark.parametrize("wrong", ["return grad / (1 - self.rate)", "return grad * kept / 2"])
def test_what_is_kept_for_another_method_takes_the_place_of_what_is_computed_anew(
    wrong: str,
) -> None:
    """A mask that only the method reads that has made it is meant for the other one."""
    slipped = MASK.replace("return grad * self.mask", wrong)
    found = {(each.kind, each.at) for each in mends_of(slipped, MASK)}
    assert found == {("factor", 6)}


def test_a_name_of_ones_own_is_exchanged_wherever_it_stands() -> None:
    """What checks ask for, and the class calls otherwise throughout, is one slip."""
    slipped = LAYER.replace("self.W", "self.weights")
    assert ("name", 2) in {(each.kind, each.at) for each in mends_of(slipped, LAYER)}


def test_a_term_that_was_made_is_added_within_an_expression() -> None:
    """What was taken off before a logarithm is added behind it."""
    right = "def f(x):\n    top = x.max()\n    return np.mean(np.log(np.exp(x - top)) - x + top)\n"
    slipped = right.replace(" - x + top", " - x")
    assert ("factor", 2) in {(each.kind, each.at) for each in mends_of(slipped, right)}


def test_what_is_kept_in_the_class_is_kept_in_the_object_everywhere() -> None:
    """One edit does, however often it is read."""
    slipped = GATE.replace("self.x", "Gate.x")
    assert ("self", 5) in {(each.kind, each.at) for each in mends_of(slipped, GATE)}


def test_a_variable_is_kept_as_well() -> None:
    """What is read as a variable further down, and asked of the object, is made as both."""
    slipped = "class A:\n    def f(self, x):\n        W = x * 2\n        return W\n"
    right = slipped.replace("W = x", "self.W = W = x")
    assert ("self", 2) in {(each.kind, each.at) for each in mends_of(slipped, right)}


LINES = st.sampled_from([line for line in LAYER.splitlines() if line.strip()])


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_edits_are_python_and_change_no_other_line(data: st.DataObject) -> None:
    """Each edit leaves what is above and below its lines, and gives another class that parses."""
    source = LAYER.replace(*data.draw(st.sampled_from([slip[:2] for slip in SLIPS])))
    whole = definition(source)
    found = of(source)
    edit = found[data.draw(st.integers(0, len(found) - 1))]
    edited = whole.edited(edit)
    assert edited.lines[: edit.first] == whole.lines[: edit.first]
    below = len(whole.lines) - edit.last
    assert edited.lines[len(edited.lines) - below :] == whole.lines[edit.last :]
    assert meaning(edited.text) != meaning(source)
    assert len(edited.numbers) == len(edited.lines)


@pytest.mark.parametrize(("right", "wrong", "_kind"), SLIPS, ids=lambda each: each)
def test_no_edit_leaves_all_as_it_is(right: str, wrong: str, _kind: str) -> None:
    """An axis that is asked for already is no other one."""
    source = LAYER.replace(right, wrong)
    whole = definition(source)
    assert all(meaning(whole.edited(each).text) != meaning(source) for each in of(source))


def test_edits_are_the_same_each_time() -> None:
    """The same class has the same edits in the same order: what is found hangs on no luck."""
    assert of(LAYER) == of(LAYER)


def test_what_is_indented_by_tabs_is_edited_with_tabs() -> None:
    """Python takes no block that is indented by tabs and spaces."""
    slipped = LAYER.replace("grad @ self.W.T", "grad @ self.W").replace("    ", "\t")
    texts = [definition(slipped).edited(each).text for each in of(slipped)]
    assert meaning(LAYER) in [meaning(text) for text in texts if "\t\tbefore = grad" in text]


def test_the_line_is_that_of_the_factor() -> None:
    """Of a product over two lines, the second is told where its factor is to be turned."""
    right = "def f(x, W):\n    return (\n        x\n        @ W.T\n    )\n"
    slipped = definition(right.replace("W.T", "W"))
    mends = [
        each for each in of(slipped.text) if meaning(slipped.edited(each).text) == meaning(right)
    ]
    assert {each.at for each in mends} == {3}


def test_a_condition_further_down_stays_one_of_its_chain() -> None:
    """An `elif` is edited as such."""
    right = "def f(x):\n    if x < 0:\n        y = 1\n    elif x < 5:\n        y = 2\n"
    slipped = right.replace("x < 5", "x <= 5")
    assert meaning(right) in [
        meaning(definition(slipped).edited(each).text) for each in of(slipped)
    ]


def test_long_statements_are_not_written_anew_for_each_of_their_numbers() -> None:
    """A table of ten thousand numbers takes no hour."""
    table = f"def f(x):\n    return [{', '.join(map(str, range(10_000)))}]\n"
    assert len(of(table)) < 100


def test_what_shares_its_line_is_left_alone() -> None:
    """Two statements in one line are not taken apart."""
    assert of("def f(x):\n    y = x; return y\n") == of("def f(x):\n    y = x; return y\n")
    assert all(each.first == 0 for each in of("def f(x):\n    y = x; return y\n"))


def mixed_up(count: int) -> str:
    """Return a function that makes many names, and uses each of them."""
    names = [f"a{i}" for i in range(count)]
    rows = [", ".join(names[at : at + 60]) for at in range(0, count, 60)]
    made = [f"    {row}, = x" for row in rows]
    return "\n".join(["def f(x):", *made, *(f"    print({row})" for row in rows)]) + "\n"


def throughout(count: int) -> str:
    """Return a class that sets many attributes, and reads as many others, each of them twice."""
    lines = ["class A:", "    def f(self):"]
    lines += [f"        self.a{i} = self.b{i} - self.b{i}" for i in range(count)]
    return "\n".join(lines) + "\n"


def unknown(count: int) -> str:
    """Return a function that reads many names that nothing defines."""
    return "def f(x):\n" + "".join(f"    print(nme{i})\n" for i in range(count))


@pytest.mark.parametrize(
    "source",
    [mixed_up(1500), throughout(400), unknown(900)],
    ids=["every name for every other", "every attribute for every other", "names that are not"],
)
def test_what_may_be_meant_by_many_names_is_bounded(source: str) -> None:
    """Edits would grow with the square of the names, to millions of them and gigabytes."""
    assert len(source) <= 20_000
    names = [f"name{i}" for i in range(20_000)]
    started = time.thread_time()
    count = sum(1 for _each in edits(definition(source), names=names, asked=ASKED))
    assert count < 100_000
    assert time.thread_time() - started < 20


@pytest.mark.parametrize("number", ["1" + "0" * 400, "0x" + "f" * 900], ids=["tens", "hexadecimal"])
def test_numbers_that_have_no_tenth_are_left_alone(number: str) -> None:
    """A whole number may be larger than any float."""
    right = LAYER.replace("rate=0.5", f"rate={number}")
    slipped = right.replace("self.W.T", "self.W")
    assert meaning(right) in [
        meaning(definition(slipped).edited(each).text) for each in of(slipped)
    ]
