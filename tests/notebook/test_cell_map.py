"""Which cell of a notebook defines what, and which cells a name needs."""

from tests.cell_maps import cell_map


class TestBindings:
    def test_only_code_cells_count_by_their_position(self) -> None:
        """Indices are positions in the notebook; prose binds nothing."""
        cells = cell_map("#md x = 1", "x = 1", "broken (", "y = x", "x = 2")
        assert cells.binding("x") == (1, 4)
        assert cells.last_binding("x") == 4
        assert cells.mentioning("x") == (1, 3, 4)
        assert cells.binding("z") == ()
        assert cells.last_binding("z") is None
        assert sorted(cells.names) == [1, 2, 3, 4]

    def test_a_builtin_bound_anew_is_a_name_like_any_other(self) -> None:
        """Where a notebook binds `max`, the cells that use `max` use that."""
        cells = cell_map("def max(a): return a", "x = max(1)", "y = len([])")
        assert cells.mentioning("max") == (0, 1)
        assert cells.mentioning("len") == ()
        assert cells.slice(["x"]) == (0, 1)


class TestAttempts:
    DONE = "def f(x):\n    return x"
    GAP = "def f(x):\n    raise NotImplementedError('Your code')"

    def ends(self, *sources: str) -> list[int]:
        """Return up to which cells `f` is asked, that which counts first."""
        return [max(part.names) for part in cell_map(*sources).attempts(["f"])]

    def test_what_was_written_is_asked_above_copies_that_are_not(self) -> None:
        """A function, or a class of whose methods one is a gap; then all cells, as ever."""
        assert self.ends(self.DONE, self.GAP, self.GAP) == [0, 2]
        method = self.DONE.replace("\n", "\n    ")
        gap = self.GAP.replace("\n", "\n    ")
        both = f"class f:\n    {method}\n    {gap.replace('def f', 'def g')}"
        assert self.ends(f"class f:\n    {method}", "1", both) == [1, 2]

    def test_what_was_written_last_is_asked_alone(self) -> None:
        """Above it there may be gaps, and a line that is never reached is none."""
        assert self.ends(self.GAP, self.DONE) == [1]
        assert self.ends(self.GAP, self.GAP) == [1]
        assert self.ends(self.DONE, f"{self.DONE}\n    raise NotImplementedError") == [1]


# A tiny engine of layers, in the shape that course notebooks have.
ENGINE = (
    "#md # An engine",
    "%matplotlib inline\nfrom collections import defaultdict\nimport numpy as np",  # 1
    "class Layer:\n    def forward(self, x): return x\n"
    "class Chain:\n    def __init__(self, layers): self.layers = layers",  # 2
    "network = Chain([Layer(), Layer()])\nx = np.ones(3)\ny = network.layers[0].forward(x)",  # 3
    "class Scale(Layer):\n    def forward(self, x): return np.multiply(x, 2)\n"
    "scale = Scale()\nx = np.ones(3)\nassert scale.forward(x).sum() == 6",  # 4
    "class Clip(Layer):\n    def forward(self, x): return clip(x)\n"
    "x = np.ones(4)\ny = np.ones(4)",  # 5
    "def clip(x): return np.maximum(x, floor())",  # 6
    "def floor(): return LOWEST",  # 7
    "LOWEST = 0.0",  # 8
    "from data import load\ntrain, test = load()",  # 9
    "for x, y in train:\n    print(x)\n    break",  # 10
    "network = Chain([Scale(), Clip()])\nlogs = defaultdict(list)\n"
    "for x, y in train:\n    logs['loss'].append(network.layers[0].forward(x))",  # 11
    "import matplotlib.pyplot as plt",  # 12
    "plt.plot(logs['loss'])",  # 13
    "x = LOWEST = 1",  # 14
)


class TestReady:
    def test_the_classes_of_an_engine(self) -> None:
        """A class is ready after its own cell, whatever its test code binds again later."""
        cells = cell_map(*ENGINE)
        assert cells.ready(["Scale"]) == 4
        assert cells.ready(["Scale", "Chain"]) == 4
        assert cells.ready(["logs"]) == 11
        assert cells.ready(["network", "train"]) == 11

    def test_helpers_of_helpers_that_come_later(self) -> None:
        """A class that calls what is defined further down is ready when all of it is there."""
        assert cell_map(*ENGINE).ready(["Clip"]) == 8

    def test_names_that_are_bound_nowhere(self) -> None:
        """A name that no cell binds is never ready, nor is anything asked with it."""
        cells = cell_map(*ENGINE, "class Broken(:")
        assert cells.ready(["Broken"]) is None
        assert cells.ready(["Scale", "Missing"]) is None
        assert cells.ready([]) is None

    def test_a_class_written_again(self) -> None:
        """The last version of a class counts."""
        assert cell_map("class A: pass", "x = 1", "class A: pass", "a = A()").ready(["A"]) == 2

    def test_a_scratch_variable_does_not_count(self) -> None:
        """A global that many cells bind, read by a method, leaves the class where it is."""
        source = "class A:\n    def f(self): return x"
        assert cell_map(source, "x = g()", "x = g(2)").ready(["A"]) == 0
        assert cell_map("x = 1", source, "x = 2").ready(["A"]) == 1
        assert cell_map(source + "\nx = 1", "def x(): pass").ready(["A"]) == 0

    def test_late_imports_and_literals_count_once(self) -> None:
        """What a class needs of a later import or literal is there after the first of them."""
        source = "class A:\n    def f(self): return np.exp(EPS)"
        cells = cell_map(
            source, "import numpy as np", "EPS = -1e-8", "import numpy as np", "EPS = 1"
        )
        assert cells.ready(["A"]) == 2

    def test_a_late_helper_counts_in_its_last_version(self) -> None:
        """A helper that is first defined later counts where it is defined last."""
        source = "class A:\n    def f(self): return h()"
        assert cell_map(source, "def h(): return 1", "h = lambda: 2", "h = h").ready(["A"]) == 2

    def test_a_helper_before_leads_to_one_after(self) -> None:
        """Helpers are followed through those that are already there, in circles as well."""
        cells = cell_map("def g(): return h()", "def f(): return g()", "def h(): return f()", "f()")
        assert cells.ready(["f"]) == 2

    def test_methods_that_are_added_later(self) -> None:
        """A class to which a later cell adds a method is ready after that cell."""
        added = "def forward(self): return 1\nA.forward = forward"
        assert cell_map("class A: pass", added, "a = A()\na.x = 1").ready(["A"]) == 1
        assert cell_map("class A: pass", "setattr(A, 'f', 1)", "x = 1").ready(["A"]) == 1
        assert cell_map("a = object()", "a.x = 1").ready(["a"]) == 0


class TestSlice:
    def test_the_classes_of_an_engine(self) -> None:
        """A class brings its base, its helpers and the imports, and not the training."""
        cells = cell_map(*ENGINE)
        assert cells.slice(["Layer"]) == (1, 2)
        assert cells.slice(["Scale"]) == (1, 2, 4)
        assert cells.slice(["Clip"]) == (1, 2, 5, 6, 7, 8)
        assert cells.slice(["train"]) == (1, 9)
        assert cells.slice(["logs"]) == (1, 2, 4, 5, 6, 7, 8, 9, 11)
        assert cells.slice(["Missing"]) == ()

    def test_the_last_value_counts(self) -> None:
        """Of the cells that assign a variable, only the last before its use is needed."""
        assert cell_map("a = 1", "a = 2", "b = a", "a = 3").slice(["b"]) == (1, 2)

    def test_a_value_that_is_changed(self) -> None:
        """A cell that computes a name from itself, or binds it perhaps, brings the one before."""
        assert cell_map("a = 1", "a += 1", "b = 1").slice(["a"]) == (0, 1)
        assert cell_map("a = c = 1", "if c:\n    a = 2").slice(["a"]) == (0, 1)

    def test_every_definition_and_import_counts(self) -> None:
        """All earlier cells that define or import a name come, in case the last one fails."""
        sources = ("def f(): return 1", "x = 1\ndef f(): return 2", "y = f()", "def f(): return 3")
        assert cell_map(*sources).slice(["y"]) == (0, 1, 2)

    def test_setup_cells_always_come(self) -> None:
        """Cells of imports and magics only, and star imports, come if they are early enough."""
        setup = ("import os", "!pip install x", "%%bash\nls", "from a import *\nb = 1")
        cells = cell_map(*setup, "'''doc'''\n%cd x", "%time z = 1", "x = 1", "import re")
        assert cells.slice(["x"]) == (0, 1, 2, 3, 4, 6)

    def test_functions_need_what_they_read_when_called(self) -> None:
        """A function's global comes as it is before its cell and as it is at the end."""
        sources = ("a = 1", "def f(): return a\nf()", "b = 0", "a = 2", "c = f")
        assert cell_map(*sources).slice(["c"]) == (0, 1, 3, 4)

    def test_a_cell_that_calls_a_function_needs_its_globals(self) -> None:
        """A global that a function reads comes as it is where the function is called."""
        sources = ("a = 1", "def f(): return a", "a = 2", "b = f()", "a = 3", "c = b")
        assert 2 in cell_map(*sources).slice(["c"])

    def test_added_methods_come_along(self) -> None:
        """A class comes with the cells that add to it."""
        sources = ("class A: pass", "A.f = 1", "b = 1", "a = A()")
        assert cell_map(*sources).slice(["a"]) == (0, 1, 3)


def test_an_import_of_a_name_that_is_written_does_not_count() -> None:
    """A name is ready where the notebook defines it, not where it imports another's."""
    cells = cell_map("class A: pass", "from b import A", "A()", "import c")
    assert cells.ready(["A"]) == 0
    assert cells.written("A") == (0,)
    assert cells.binding("A") == (0, 1)
    assert cells.slice(["A"]) == (0,)


def test_an_import_counts_where_nothing_is_written() -> None:
    """A name that is only imported, or assigned, is ready where it is bound last."""
    assert cell_map("from b import A", "A = 1", "from c import A").ready(["A"]) == 2
