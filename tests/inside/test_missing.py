"""Modules that are not installed: importing them costs nothing, using them fails."""

from pathlib import Path

import pytest

from tests.inside.processes import USED, Run

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

USES = [
    "m.read_csv('x')",
    "m()",
    "class A(m.Base): pass",
    "class A(m): pass",
    "@m.njit\ndef f(): pass",
    "@m\ndef f(): pass",
    "@m.jit(nopython=True)\ndef f(): pass",
    "isinstance(1, m.DataFrame)",
    "m.options.display.max_rows = 5",
    "m.pi * 2",
    "2.0 - m.pi",
    "for row in m.rows: pass",
    "with m.no_grad(): pass",
    "import numpy; numpy.asarray(m.x)",
    "if m.flag: pass",
    "print(m.__version__)",
]


@pytest.mark.parametrize("statement", IMPORTS)
def test_a_missing_module_costs_no_other_line(run: Run, statement: str) -> None:
    """The import succeeds in every way of writing it, and what follows it runs."""
    found = run(statement, "after = 1\nprint(after)\nm.read_csv('x')", "m()")
    assert found.errors == [None, USED, USED]
    assert found.names[1] == "nopandas"
    assert found.printed[1] == "1\n"
    assert found.missing == ["nopandas"]
    assert found.noted("nopandas") == [0]


def test_a_missing_module_fails_where_it_is_used(run: Run) -> None:
    """To call it, to derive from it, to decorate or to compute with it raises."""
    found = run("import nopandas as m", *USES)
    assert found.errors == [None] + [USED] * len(USES)
    assert set(found.names[1:]) == {"nopandas"}


def test_naming_a_missing_module_is_no_use(run: Run) -> None:
    """Annotations, displays and star imports cost nothing; a function fails when it is called."""
    found = run(
        """
        import nopandas as pd
        from nopandas import DataFrame, float32
        from nopandas.api import *
        from typing import Optional
        def f(x: pd.DataFrame | None, y: Optional[DataFrame], z: int | pd.S[float32, 'b'] = 1):
            return pd.concat(x)
        class A:
            x: pd.DataFrame = None
        """,
        "pd",
        "DataFrame",
        "f(1, 2)",
    )
    assert found.errors == [None, None, None, USED]


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
    assert found.errors[6] == USED
    assert found.printed[:2] == ["1\n", "2\n"]
    assert found.errors[:2] == [None, None]
    assert str(found.errors[2]).startswith("ImportError: cannot import name 'no_such_name'")
    assert str(found.errors[3]).startswith("ModuleNotFoundError: No module named 'json.no_such")
    assert found.missing == ["nopandas"]
    assert [cell for cell, _ in found.notes] == [6]


def test_a_module_that_lacks_another_fails_itself(run: Run, tmp_path: Path) -> None:
    """A student's file that imports a missing module fails at its import, and names that one."""
    (tmp_path / "utils.py").write_text("import nopandas\n")
    found = run("import utils", "_ = open('late.py', 'w').write('import nopandas')\nimport late")
    assert found.names == ["nopandas", "nopandas"]
    assert found.errors == ["ModuleNotFoundError: No module named 'nopandas'"] * 2
