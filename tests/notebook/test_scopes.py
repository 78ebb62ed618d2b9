"""The names that a cell binds, reads, and needs of the cells before it."""

import ast
import importlib
import inspect
import symtable

import pytest

from grader.notebook.names import GIVEN, analyse


class Generators(ast.NodeTransformer):
    """Makes every comprehension a generator, which keeps a scope of its own."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    visit_SetComp = visit_ListComp  # noqa: N815 - as ast has it

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return self.generic_visit(ast.GeneratorExp(pair, node.generators))


class TestBinds:
    @pytest.mark.parametrize(
        ("source", "binds"),
        [
            ("a = b = 1", "a b"),
            ("a, (b, *c) = d", "a b c"),
            ("[a, b] = c", "a b"),
            ("a += 1", "a"),
            ("a: int = 1", "a"),
            ("a: int", ""),
            ("a.b = 1; c[0] = 2", ""),
            ("print(a := 1)", "a"),
            ("[b := a for a in c]", "b"),
            ("[a for a in [1] for b in [2]]", ""),
            ("def f(a, *b, c=1, **d): e = 1", "f"),
            ("async def f(): a = 1", "f"),
            ("class A(B):\n    a = 1\n    def f(self): self.b = 1", "A"),
            ("f = lambda a: (b := a)", "f"),
            ("import a.b, c.d as e", "a e"),
            ("from a import b, c as d", "b d"),
            ("for a, b in c:\n    d = 1\nelse:\n    e = 2", "a b d e"),
            ("while a:\n    b = 1", "b"),
            ("with a as b, c as (d, e):\n    f = 1", "b d e f"),
            (
                "try:\n    a = 1\nexcept E as e:\n    b = 1\nelse:\n    c = 1\nfinally:\n    d = 1",
                "a b c d e",
            ),
            ("try:\n    a = 1\nexcept* E as e:\n    b = 1", "a b e"),
            ("if a:\n    b = 1\nelif c:\n    d = 1\nelse:\n    e = 1", "b d e"),
            (
                "match a:\n    case [b, *c]: d = 1\n    case {'k': e, **f}: pass\n"
                "    case A(x=g) as h: pass",
                "b c d e f g h",
            ),
            ("def f():\n    global a\n    a = 1\n    b = 2", "a f"),
            ("def f():\n    def g():\n        global a\n        a = 1", "a f"),
            ("class A:\n    def f(self):\n        global a\n        a = 1", "A a"),
            ("def f():\n    global a\n    return a", "f"),
            ("def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2", "f"),
            ("del a", ""),
            ("a = await b\nasync for c in d:\n    pass", "a c"),
            ("    a = 1\n    b = 2", "a b"),
            (">>> a = 1\n... b = 2", "a b"),
        ],
    )
    def test_names_bound_at_module_level(self, source: str, binds: str) -> None:
        """Every form of binding counts, in every block, and nothing that is local to a scope."""
        assert sorted(analyse(source).binds) == sorted(binds.split())


class TestUses:
    @pytest.mark.parametrize(
        ("source", "uses"),
        [
            ("a = b + c.d[e]", "b c e"),
            ("a += 1", "a"),
            ("print(len(a), display(b), __name__)", "a b"),
            ("a: B = c", "B c"),
            ("a: 'B' = c", "c"),
            ("def f(a: B = c, *, d=e) -> G: return a + d + h", "B G c e h"),
            ("@a\ndef f(): pass", "a"),
            ("@a(b)\nclass A(B, metaclass=C): pass", "B C a b"),
            ("class A:\n    a = b\n    c = a\n    def f(self): return a", "a b"),
            ("class A:\n    a = a", "a"),
            ("class A:\n    x = [y for y in range(3)]", ""),
            ("def f():\n    a = b\n    return lambda c: a + c + d", "b d"),
            (
                "def f():\n    a = 1\n    def g():\n"
                "        nonlocal a\n        a = b\n        return a",
                "b",
            ),
            ("def f():\n    global a\n    a = 1\n    return a", "a"),
            ("[a + b for a in c if a > d]", "b c d"),
            ("[a for a in a]", "a"),
            ("{a: b for a, b in c.items() for d in b}", "c"),
            ("(b := a)\nprint(b)", "a b"),
            ("f'{a!r:>{b}}'", "a b"),
            ("class A:\n    def f(self): return super().f() + __class__.x", ""),
            ("def f():\n    import a\n    from b import c\n    return a, c", ""),
            (
                "def f():\n    for a in b:\n        with c as d: pass\n    return a, d",
                "b c",
            ),
            (
                "def f(a):\n    match a:\n        case [b, *c] | {'k': b, **c}: return b, c, D",
                "D",
            ),
            ("def f():\n    try:\n        pass\n    except E as e:\n        print(e)", "E"),
            ("del a", "a"),
        ],
    )
    def test_names_read(self, source: str, uses: str) -> None:
        """Reads count in every scope, except of locals, builtins and what a kernel has."""
        assert sorted(analyse(source).uses) == sorted(uses.split())

    def test_mentions(self) -> None:
        """A cell mentions what it binds and what it uses."""
        names = analyse("a = b")
        assert [names.mentions(name) for name in "abc"] == [True, True, False]

    @pytest.mark.parametrize(
        "module",
        ["argparse", "ast", "dataclasses", "fractions", "functools", "heapq", "textwrap"],
    )
    def test_agrees_with_the_compiler(self, module: str) -> None:
        """For real modules, the names are those of the compiler's own symbol table."""
        source = inspect.getsource(importlib.import_module(module))
        # Other comprehensions are inlined into the scope around them since 3.12 (PEP 709).
        generators = ast.unparse(Generators().visit(ast.parse(source)))
        pending = [symtable.symtable(generators, module, "exec")]
        binds, uses = set(), set()
        while pending:
            table = pending.pop()
            pending += table.get_children()
            for symbol in table.get_symbols():
                if table.get_type() == "module" or symbol.is_global():
                    name = symbol.get_name()
                    binds |= {name} if symbol.is_assigned() or symbol.is_imported() else set()
                    uses |= {name} if symbol.is_referenced() else set()
        names = analyse(source)
        assert names.binds == binds
        assert names.uses == uses - GIVEN


class TestNeeds:
    @pytest.mark.parametrize(
        ("source", "needs", "later"),
        [
            ("x = 1\ny = x + z", "z", ""),
            ("x = x + 1", "x", ""),
            ("x += 1", "x", ""),
            ("for x in a:\n    y = x\nprint(x, y)", "a", ""),
            ("if a:\n    x = 1\nprint(x)", "a x", ""),
            ("if a:\n    x = 1\nelse:\n    x = 2\nprint(x)", "a", ""),
            ("if a:\n    x = 1\n    y = x", "a x y", ""),
            ("try:\n    x = a\nexcept E as e:\n    print(e)\nprint(x)", "E a e x", ""),
            ("try:\n    x = a\nexcept E:\n    x = 1", "E a", ""),
            ("try:\n    x = a\nexcept E:\n    raise", "E a", ""),
            ("match a:\n    case [x]:\n        print(x)", "a x", ""),
            ("with a as x:\n    y = x\nprint(x, y)", "a", ""),
            ("def f(): return x + y\nx = 1", "", "y"),
            ("class A(B):\n    k = c\n    def f(self): return A, d", "B c", "d"),
            ("def f(): return x\ng = lambda: f()\nx = g()", "x", ""),
            ("y = list(map(lambda z: x + z, [1]))\nx = y", "x", ""),
            ("def f():\n    global n\n    n = n + 1", "n", "n"),
        ],
    )
    def test_what_must_come_from_earlier_cells(self, source: str, needs: str, later: str) -> None:
        """A cell needs what it reads, or may leave as it was, before it binds it for certain."""
        names = analyse(source)
        assert sorted(names.needs) == sorted(needs.split())
        assert sorted(names.needs_later) == sorted(later.split())
