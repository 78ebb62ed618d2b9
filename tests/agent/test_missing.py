"""Modules that are not installed: what only configures them costs nothing, nothing is made up."""

from pathlib import Path

import pytest

from tests.agent.processes import Run

IMPORTS = [
    "import nopandas as m",
    "import nopandas; m = nopandas",
    "import nopandas.core.api; m = nopandas.core",
    "import nopandas.core.api as m",
    "from nopandas import DataFrame as m",
    "from nopandas.core import m",
    "import os, nopandas as m, sys; os.getcwd(), sys.path",
    "try:\n    import nopandas as m\nfinally:\n    pass",
    "try:\n    import nonumpy\nexcept ImportError:\n    import nopandas as m",
    "if True:\n    for _ in [1]:\n        import nopandas as m",
    "with open('/dev/null'):\n    import nopandas as m",
    "%time import nopandas as m",
    "def f():\n    import nopandas\n    return nopandas\nm = f()",
    """
        try:
            def f():
                import nopandas
                return nopandas
        except ImportError:
            0
        m = f()
    """,
]

CONFIGURES = [
    "m.set_option('display.max_columns', 50)",
    "m.options.display.max_rows = 5; del m.options.mode",
    "m.rc['a'] = 1; del m.rc['a']",
    "print(m.__version__, f'{m.x:.3f}', m)",
    "with m.no_grad() as context, m.option_context('a', 1): context.watch(1)",
    "async with m.session(): pass",
    "class A(m.Base, m.Other, table=True): pass\nA().fit(1)",
    "class B(m):\n    def __init__(self): super().__init__(1)\nB().register(2)",
    "isinstance(1, m.DataFrame) or issubclass(int, (str, m.Series)) or 1 / 1",
    "x = m.pi * 2 - 2.0 @ -m.pi == m.NA",
    "import numpy; x = numpy.exp(numpy.ones(3) + m.x)",
    "import copy; copy.deepcopy(m.options)",
    "run = m.init(project='x'); run.log({'loss': 1.0}); run.finish()",
    "def f(x: m.DataFrame | None, y: m.S[m.float32, 'b'] = 1) -> int | m.NA: pass",
]

# The first takes the truth of something, and so on.
TAKES = [
    "if m.flag: pass",
    "while not m.flag: pass",
    "for row in m.rows: pass",
    "a, b = m.split()",
    "x = [row for row in m.rows]",
    "x = 1 in m.rows",
    "x = len(m.rows)",
    "x = float(m.x) + int(m.x)",
    "import numpy; x = numpy.asarray(m.x)",
    "import numpy; x = numpy.ones(3)[m.x]",
    "import numpy; x = numpy.zeros(3, dtype=m.float32)",
    "import numpy; x = numpy.ones(3); numpy.add(x, m.x, out=x)",
    "import numpy; x = numpy.ones(3); numpy.copyto(x, m.x)",
    "import numpy; x = numpy.ones(3); x[0] = m.x",
    "x = isinstance(m.y, m.DataFrame)",
    "x = open(m.path)",
    "import json; x = json.dumps(m.x)",
    "import re; x = re.match('a', m.__version__)",
    "x = ''.join([m.x])",
    "x = [1]; x.extend(m.rows)",
    "import pickle; x = pickle.dumps(m.x)",
    "async for row in m.rows: pass",
    "x = await m.rows",
    "def f():\n    return max(m.x, 1)\nx = f()",
    "try:\n    x = float(m.x)\nexcept ValueError:\n    x = 1",
    "try:\n    float(m.x)\nexcept Exception as error:\n    raise ValueError('bad') from error",
    "import importlib; x = importlib.import_module('nopandas')",
    "x = __import__('nopandas.core')",
    "%time x = float(m.x)",
]


@pytest.mark.parametrize("statement", IMPORTS)
def test_a_missing_module_costs_no_other_line(run: Run, statement: str) -> None:
    """The import succeeds in every way of writing it, and what follows it runs."""
    found = run(statement, "after = 1\nprint(after)\nm.read_csv('x')\nprint(m)")
    assert found.errors == [None, None]
    assert "nopandas" in found.printed[1]
    assert found.printed[1].startswith("1\n")
    assert found.missing == ["nopandas"]
    assert found.noted("nopandas") == [0]


@pytest.mark.parametrize("statement", CONFIGURES)
def test_what_only_configures_costs_nothing(run: Run, statement: str) -> None:
    """It is run to its end, and nothing is left out."""
    found = run("import nopandas as m", f"{statement}\nprint('after')")
    assert found.errors == [None, None]
    assert found.printed[1].endswith("after\n")
    assert found.left_out == []


@pytest.mark.parametrize("statement", TAKES)
def test_what_takes_a_value_is_left_out_alone(run: Run, statement: str) -> None:
    """No value is made up: the statement is left out, and its cell goes on."""
    found = run("import nopandas as m", f"{statement}\nafter = 1", "print(after)")
    assert found.errors == [None] * 3
    assert found.printed[2] == "1\n"
    ((cell, module, _names),) = found.left_out
    assert (cell, module) == (1, "nopandas")
    assert found.noted("left out", "nopandas") == [1]


def test_what_a_left_out_statement_binds_is_unknown(run: Run) -> None:
    """Each name that it may bind is a placeholder, though it was bound before."""
    found = run(
        "import nopandas as m\nx = y = z = w = 0",
        "for x in [1, 2]:\n    if m.flag: y = 1\n    else: y = 2",
        "z = w",
        "%%time\nw = float(m.x)\nv = 1",
        "print(x, y)\nprint(z)\nprint(w)\nprint(v)",
        "u = y + 1\nif u: print('known')",
    )
    assert found.errors == [None] * 6
    printed = found.printed[4].splitlines()
    assert [line.count("not installed") for line in printed] == [2, 0, 1, 0]
    assert found.printed[5] == ""
    assert [sorted(set(names) & set("mvwxyzu")) for _cell, _module, names in found.left_out] == [
        ["m", "x", "y"],
        ["m", "w"],
        ["u"],
    ]


def test_other_errors_end_a_cell_as_ever(run: Run) -> None:
    """Neither an error of the student's own nor a made-up ModuleNotFoundError is excused."""
    found = run(
        "import nopandas as m",
        "m.init()\n1 / 0\nprint('after')",
        "raise ModuleNotFoundError('No module named nopandas')\nprint('after')",
        "raise ModuleNotFoundError('x', name='numpy')\nprint('after')",
        "%%time\n1 / 0",
    )
    assert found.errors[0] is None
    assert found.printed[1:4] == ["", "", ""]
    assert [str(error).partition(":")[0] for error in found.errors[1:4]] == [
        "ZeroDivisionError",
        "ModuleNotFoundError",
        "ModuleNotFoundError",
    ]
    assert found.left_out == []


@pytest.mark.parametrize(
    "definition",
    [
        "@m.njit\ndef f(x): return x + 1",
        "@m.njit(cache=True)\ndef f(x): return x + 1",
        "@m.jit('f8(f8)', nopython=True)\ndef f(x): return x + 1",
        "f = m.compile(lambda x: x + 1)",
        "class A:\n    @m.function\n    def f(self, x): return x + 1\nf = A().f",
        "class A:\n    @m.jit\n    @staticmethod\n    def f(x): return x + 1\nf = A().f",
        "@m.experimental.jitclass([('x', m.int32)])\nclass A:\n    def f(self, x): return x + 1"
        "\nf = A().f",
        "@m.njit\ndef g(x): return x + 1\nf = g.py_func",
    ],
)
def test_a_decorator_that_changes_no_answer_hands_back_what_it_decorates(
    run: Run, definition: str
) -> None:
    """A compiled function computes what it does without the compiler."""
    found = run(f"import nopandas as m\n{definition}", "print(f(1), [f(each) for each in [2]])")
    assert found.errors == [None, None]
    assert found.printed[1] == "2 [3]\n"


@pytest.mark.parametrize("decorator", ["grad", "vmap", "vectorize", "unheard_of", "cuda.jit"])
def test_what_another_decorator_makes_is_unknown(run: Run, decorator: str) -> None:
    """Nobody takes a loss for its gradient."""
    call = "f[1, 32](1)" if "cuda" in decorator else "f(1)"
    found = run(f"import nopandas as m\n@m.{decorator}\ndef f(x): return x", f"x = float({call})")
    assert found.errors == [None, None]
    assert [cell for cell, _module, _names in found.left_out] == [1]


def test_what_shows_progress_hands_on_the_items(run: Run) -> None:
    """A loop under a progress bar that is not here runs."""
    found = run(
        """
        from nopandas.auto import tqdm, trange
        import nopandas
        print([x for x in tqdm([1, 2], desc='a')], len(tqdm([1, 2])), list(trange(2, 4)))
        for x in (bar := nopandas.tqdm(range(2))):
            bar.set_postfix(x=x)
        with tqdm(total=2) as bar:
            bar.update(1)
        print(x)
        """
    )
    assert found.errors == [None]
    assert found.printed == ["[1, 2] 2 [2, 3]\n1\n"]
    assert found.left_out == []


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("try:", "except ImportError:"),
        ("try:", "except ModuleNotFoundError as error:"),
        ("try:", "except (ValueError, Exception):"),
        ("try:", "except:"),
        ("try:\n  if True:\n   try:", "   finally:\n    pass\nexcept ImportError:"),
        ("def f():\n try:", " except ImportError:\n  return\nf()\nif True:"),
        ("import contextlib\nwith contextlib.suppress(ImportError):", "if True:"),
    ],
)
def test_a_guarded_import_fails_as_ever(run: Run, opening: str, closing: str) -> None:
    """Where the code handles the ImportError it gets one, also after an unguarded import."""
    plain, named = (
        f"{opening}\n    {statement}\n    print('not')\n{closing}\n    print('caught')"
        for statement in ("import nopandas as pd", "from nopandas import DataFrame")
    )
    found = run(plain, named, "import nopandas", plain, named)
    assert found.errors == [None] * 5
    assert found.printed == ["caught\n", "caught\n", "", "caught\n", "caught\n"]
    assert found.noted("nopandas") == [2]


def test_libraries_see_no_placeholder(run: Run, tmp_path: Path) -> None:
    """A library that probes for an optional module is told the truth."""
    (tmp_path / "library.py").write_text(
        "import importlib.util, sys\n"
        "try:\n    import nopandas\nexcept ImportError:\n    nopandas = None\n"
        "found = importlib.util.find_spec('nopandas'), sys.modules.get('nopandas')\n"
    )
    found = run("import nopandas", "import library\nprint(library.nopandas, library.found)")
    assert found.printed[1] == "None (None, None)\n"


def test_importable_modules_are_imported(run: Run, tmp_path: Path) -> None:
    """A file beside the notebook is imported, though it was written in the same cell."""
    (tmp_path / "utils.py").write_text("x = 1\n")
    found = run(
        "import utils, json.decoder, xml.dom as dom\nfrom utils import *\nprint(x)",
        "_ = open('late.py', 'w').write('y = 2')\nimport late\nprint(late.y)",
        "from __future__ import annotations\nfrom json import no_such_name",
        "import json.no_such_module",
        "import sys, types\nsys.modules['made'] = types.ModuleType('made')",
        "import made\nfrom made import __name__ as name\nprint(name)",
        "import nopandas\nnopandas.a()",
    )
    assert found.printed[5] == "made\n"
    assert found.printed[:2] == ["1\n", "2\n"]
    assert found.errors[:2] == [None, None]
    assert str(found.errors[2]).startswith("ImportError: cannot import name 'no_such_name'")
    assert str(found.errors[3]).startswith("ModuleNotFoundError: No module named 'json.no_such")
    assert found.missing == ["nopandas"]
    assert [cell for cell, _ in found.notes] == [6]


def test_a_module_that_lacks_another_is_left_out(run: Run, tmp_path: Path) -> None:
    """The import of a student's file that imports a missing module is left out for that one."""
    (tmp_path / "utils.py").write_text("import nopandas\n")
    found = run(
        "import utils\nprint(1)",
        "_ = open('late.py', 'w').write('import nopandas')\nfrom late import f\nprint(f)",
    )
    assert found.errors == [None, None]
    assert found.printed[0] == "1\n"
    assert "nopandas" not in found.printed[0]
    assert "not installed" in found.printed[1]
    assert [(cell, module) for cell, module, _names in found.left_out] == [
        (0, "nopandas"),
        (1, "nopandas"),
    ]
