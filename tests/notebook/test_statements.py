"""Definitions and imports, told from the form of statements."""

import pytest

from grader.notebook.names import analyse


class TestDefinitions:
    def test_what_definitions_read(self) -> None:
        """Classes, functions and assigned lambdas at module level have the globals they read."""
        names = analyse(
            "class A(B):\n    x = y\n    def f(self, z): return g(z, self.h) + len(z)\n"
            "if w:\n    def p(): return q\n"
            "r = s = lambda t: t + u\n"
            "v: object = lambda: o\n"
            "k = [lambda: n]\n"
            "def outer():\n    def inner(): return m\n    return inner\n"
        )
        assert names.definitions == {
            "A": {"B", "y", "g"},
            "p": {"q"},
            "r": {"u"},
            "s": {"u"},
            "v": {"o"},
            "outer": {"m"},
        }

    def test_two_definitions_of_a_name(self) -> None:
        """Where a cell defines a name twice, both are counted."""
        names = analyse("if a:\n    def f(): return b\nelse:\n    def f(): return c")
        assert names.definitions == {"f": {"b", "c"}}


class TestImports:
    @pytest.mark.parametrize(
        ("source", "imports"),
        [
            ("import numpy as np, torch.nn", "numpy torch"),
            ("from torch.utils.data import DataLoader", "torch"),
            ("from . import a\nfrom .b import c", ""),
            ("def f():\n    import a", "a"),
            ("if x:\n    import a", "a"),
            ("try:\n    import a\nexcept ImportError:\n    import b", ""),
            ("try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    pass", ""),
            ("try:\n    import a\nexcept Exception as e:\n    pass", ""),
            ("try:\n    import a\nexcept:\n    pass", ""),
            ("try:\n    import a\nexcept ValueError:\n    import b", "a b"),
            ("try:\n    import a\nfinally:\n    pass", "a"),
            ("try:\n    if x:\n        import a\nexcept ImportError:\n    pass\nimport b", "b"),
        ],
    )
    def test_modules_that_must_be_there(self, source: str, imports: str) -> None:
        """An import counts by its top-level module unless its failure is caught."""
        assert sorted(analyse(source).imports) == sorted(imports.split())

    def test_star_imports(self) -> None:
        """A star import is told, and binds nothing that can be named."""
        names = analyse("from numpy import *")
        assert names.star_import
        assert names.binds == set()
        assert names.imports == {"numpy"}
        assert analyse("%pylab inline").star_import
        assert not analyse("from numpy import array").star_import
