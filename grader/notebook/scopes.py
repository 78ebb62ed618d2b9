"""What code does with names: within one scope, and from statement to statement.

`Scope` tells what is read and bound in whatever order, `Flow` what a block of
statements needs of what is there before it. A class body is a block within a
scope: so the two lean on each other.
"""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatchmethod
from typing import Any

from grader.notebook.labour import TooLaboriousError
from grader.notebook.parsing import PYTHON_MAGICS, line_magic, parse
from grader.notebook.statements import constants, defined

# How many names may be looked at for one cell, over all of its statements. Of each, those are that
# were bound before and those that it may reach: ten thousand statements of a name each are 10**8,
# and the longest honest cells have a few hundred.
MOST_WORK = 20_000_000

_MAGICS_THAT_BIND = frozenset({"pylab", "run"})
_COMPOUND = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith),
    *(ast.Try, ast.TryStar, ast.Match),
)
_BLOCK = (ast.stmt, ast.ExceptHandler, ast.match_case)


def reached(names: Iterable[str], definitions: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the names that definitions read, directly or through each other."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        new = set(definitions.get(pending.pop(), ())) - found
        found |= new
        pending += new
    return found


class Scope:
    """What the code of one scope does with names, in whatever order.

    `now` is read when the code runs, `later` when a function in it is called.
    The visit goes by a list instead of by recursion: only scopes within scopes
    take stack, so a sum of a thousand terms is no trouble.
    """

    def __init__(self, nodes: Iterable[ast.AST | None]) -> None:
        self.now: set[str] = set()
        self.later: set[str] = set()
        self.stores: set[str] = set()
        self.walrus: set[str] = set()
        self.imported: set[str] = set()
        self.patched: set[str] = set()
        self.made_global: set[str] = set()
        self.star = False
        self._global: set[str] = set()
        self._nonlocal: set[str] = set()
        self._pending = [node for node in nodes if node is not None]
        while self._pending:
            self._visit(self._pending.pop())

    @property
    def reads(self) -> set[str]:
        """What is read at whatever time."""
        return self.now | self.later

    def _push(self, *nodes: ast.AST | None) -> None:
        self._pending.extend(node for node in nodes if node is not None)

    def _visit_parts(self, node: ast.AST) -> None:
        self._push(*ast.iter_child_nodes(node))

    @singledispatchmethod
    def _visit(self, node: ast.AST) -> None:
        if type(node).__name__ == "TypeAlias":  # Python 3.12
            self._visit_type_alias(node)
        else:
            self._visit_parts(node)

    @_visit.register
    def _visit_name(self, node: ast.Name) -> None:
        (self.stores if isinstance(node.ctx, ast.Store) else self.now).add(node.id)

    @_visit.register
    def _visit_aug_assign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.now.add(node.target.id)
        self._visit_parts(node)

    @_visit.register
    def _visit_ann_assign(self, node: ast.AnnAssign) -> None:
        bare = node.value is None and isinstance(node.target, ast.Name)
        self._push(node.annotation, node.value, None if bare else node.target)

    @_visit.register
    def _visit_named_expr(self, node: ast.NamedExpr) -> None:
        # Kept apart, for within a comprehension it binds in the scope around.
        self.walrus.add(node.target.id)
        self.stores.add(node.target.id)
        self._push(node.value)

    @_visit.register
    def _visit_attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            self.patched.add(node.value.id)
        self._visit_parts(node)

    @_visit.register
    def _visit_call(self, node: ast.Call) -> None:
        match node:
            case ast.Call(func=ast.Name("setattr"), args=[ast.Name(name), *_]):
                self.patched.add(name)
        self._visit_magic(*line_magic(node))
        self._visit_parts(node)

    def _visit_magic(self, name: str, line: str) -> None:
        self.star = self.star or name in _MAGICS_THAT_BIND
        if name not in PYTHON_MAGICS:
            return
        code = re.sub(r"^(\s*-\w+(\s+\d+)?\s)*", "", line)
        tree = parse(code.strip())
        if tree is not None and name == "timeit":
            timed = Scope(tree.body)
            self.now |= timed.reads - timed.stores
        elif tree is not None:
            self._push(*tree.body)

    @_visit.register
    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        self.star = self.star or "*" in names
        self.stores |= names - {"*"}
        self.imported |= names - {"*"}

    @_visit.register
    def _visit_named(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            self.stores.add(node.name)
        self._visit_parts(node)

    @_visit.register
    def _visit_match_mapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self.stores.add(node.rest)
        self._visit_parts(node)

    @_visit.register
    def _visit_global(self, node: ast.Global) -> None:
        self._global.update(node.names)

    @_visit.register
    def _visit_nonlocal(self, node: ast.Nonlocal) -> None:
        self._nonlocal.update(node.names)

    @_visit.register
    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        # The first iterable is evaluated outside, where the comprehension's targets are unknown.
        first, *others = node.generators
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        inner = Scope([*results, first.target, *first.ifs, *others])
        own = inner.stores - inner.walrus
        self.now |= inner.now - own
        self.later |= inner.later - own
        self.stores |= inner.walrus
        self.walrus |= inner.walrus
        self._push(first.iter)

    @_visit.register
    def _visit_lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node.args, [node.body], frozenset())

    @_visit.register
    def _visit_def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.stores.add(node.name)
        self._push(*node.decorator_list)
        own = _type_parameters(node)
        header = [node.returns, *(argument.annotation for argument in _arguments(node.args))]
        self.now |= Scope(header).reads - own
        self._visit_function(node.args, node.body, own)

    def _visit_function(
        self, arguments: ast.arguments, body: Sequence[ast.AST], own: frozenset[str]
    ) -> None:
        self._push(*arguments.defaults, *arguments.kw_defaults)
        inner = Scope(body)
        local = {argument.arg for argument in _arguments(arguments)} | own
        local |= inner.stores - inner._global - inner._nonlocal
        self.later |= inner.reads - local
        self.made_global |= inner.made_global | (inner.stores & inner._global)

    @_visit.register
    def _visit_class_def(self, node: ast.ClassDef) -> None:
        self.stores.add(node.name)
        self._push(*node.decorator_list)
        own = _type_parameters(node)
        self.now |= Scope([*node.bases, *node.keywords]).reads - own
        # A class body runs at once, and its names are hidden from its methods.
        body = Flow()
        body.block(node.body)
        self.now |= body.needs - own
        self.later |= body.all("later") - own
        self.made_global |= body.all("made_global")

    def _visit_type_alias(self, node: Any) -> None:
        self.stores.add(node.name.id)
        self.later |= Scope([node.value]).reads - _type_parameters(node)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = (arguments.vararg, arguments.kwarg)
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return named + [argument for argument in extra if argument is not None]


def _type_parameters(node: ast.AST) -> frozenset[str]:
    return frozenset(parameter.name for parameter in getattr(node, "type_params", ()))


class Flow:
    """What a block of statements does with names, in the order of execution.

    `needs` is what it may read before it binds it.
    """

    def __init__(self) -> None:
        self.needs: set[str] = set()
        self.scopes: list[Scope] = []
        self.definitions: dict[str, set[str]] = {}
        self.constants: set[str] = set()
        self._work = 0

    def all(self, attribute: str) -> frozenset[str]:
        """Return the union of a set of names over all scopes."""
        return frozenset(name for scope in self.scopes for name in getattr(scope, attribute))

    def block(
        self, statements: Iterable[ast.stmt], bound: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """Go through statements that start with some names bound; return those bound after."""
        for statement in statements:
            if isinstance(statement, _COMPOUND):
                parts = ast.iter_child_nodes(statement)
                header = [part for part in parts if not isinstance(part, _BLOCK)]
                bound = self._compound(statement, self._header(header, bound))
            else:
                definitions = defined(statement)
                bound = self._header([statement], bound, deferred=bool(definitions))
                for name in definitions:
                    self.definitions.setdefault(name, set()).update(self.scopes[-1].reads)
                self.constants.update(constants(statement))
        return bound

    def _header(
        self, nodes: Iterable[ast.AST | None], bound: frozenset[str], *, deferred: bool = False
    ) -> frozenset[str]:
        scope = Scope(nodes)
        self.scopes.append(scope)
        # A statement may call the functions it names at once, and a definition only later.
        read = scope.now if deferred else scope.reads
        found = reached(read, self.definitions)
        self.needs |= (read | found) - bound
        self._work += len(bound) + len(found)
        if self._work > MOST_WORK:
            raise TooLaboriousError("its statements bind too many names")
        return bound if scope.stores <= bound else bound | scope.stores

    def _compound(self, statement: ast.stmt, bound: frozenset[str]) -> frozenset[str]:
        match statement:
            case ast.If(body=body, orelse=orelse):
                return self.block(body, bound) & self.block(orelse, bound)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self.block(statement.orelse, self.block(statement.body, bound))
            case ast.With() | ast.AsyncWith():
                return self.block(statement.body, bound)
            case ast.Try() | ast.TryStar():
                return self._try(statement, bound)
            case ast.Match(cases=cases):
                for case in cases:
                    self.block(case.body, self._header([case.pattern, case.guard], bound))
        return bound

    def _try(self, statement: ast.Try | ast.TryStar, bound: frozenset[str]) -> frozenset[str]:
        after = self.block(statement.orelse, self.block(statement.body, bound))
        for handler in statement.handlers:
            caught = self._header([handler.type], bound)
            if handler.name is not None:
                self.scopes[-1].stores.add(handler.name)
                caught |= {handler.name}
            left = self.block(handler.body, caught)
            # A handler that raises again never goes on to what follows.
            if not isinstance(handler.body[-1], ast.Raise):
                after &= left
        return self.block(statement.finalbody, after)
