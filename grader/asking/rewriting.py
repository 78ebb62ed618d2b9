"""Reading a check's own source, so that questions and failures speak its words.

A check is plain Python, and what it calls a result is what a student should read. So its source is
written anew before it runs: a result has the name of the variable that holds it, and an `assert`
that does not hold says what it compared. Where there is no source, the check runs as it is.
"""

import ast
import builtins
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any, Final, TypeGuard

from grader.asking.asserts import HELPERS
from grader.asking.builtin_calls import IN_PLACE_OF, identical, of_itself
from grader.asking.inside import Inside, reads
from grader.asking.standin import STAND_INS, as_it_is, call, class_of, named, seeded, shared

HELPING: Final[dict[str, Any]] = {
    "__named__": named,
    "__call__": call,
    "__shared__": shared,
    "__as_it_is__": as_it_is,
    "__inside__": Inside,
    "__identical__": identical,
    "__of_itself__": of_itself,
    "__seeded__": seeded,
    "__class_of__": class_of,
    **{f"__{name}_of__": function for name, function in IN_PLACE_OF.items()},
    **HELPERS,
}

_BUILT_IN: Final = frozenset(dir(builtins))
_SEEDS: Final = frozenset(
    {"np.random.seed", "numpy.random.seed", "random.seed", "torch.manual_seed"}
)
# Attributes that a stand-in has of its own.
_OF_ALL: Final = frozenset(
    {"__class__", "__doc__", "__dict__", "__module__", "__name__", "__qualname__", "__bases__"}
)


def rewritten(function: Callable[..., Any]) -> tuple[Callable[..., Any], frozenset[str]]:
    """Return a function that does what `function` does and tells its names.

    What it shares with the code around it stays shared. Beside it stand the names that it looks up
    in a notebook. Without a source, the function is `function` itself.
    """
    found = _source(function) if isinstance(function, FunctionType) else None
    if found is None:
        return function, frozenset()
    tree, definition, first = found
    looked_up = frozenset(
        node.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in STAND_INS
    )
    definition.decorator_list = []
    Rewriting(definition).generic_visit(definition)
    ast.increment_lineno(ast.fix_missing_locations(tree), first - 1)
    free = function.__code__.co_freevars
    cells = dict(zip(free, function.__closure__ or (), strict=True))
    return _made(_inner(tree, definition, function, free), function, cells), looked_up


def helping(code: Any, function: Any) -> Any:
    """Return what a check calls, which asks as the check itself does where it helps to test.

    That is a function of a module that students are given beside the notebook. It is written in
    Python's words, and handed what stands for the notebook's objects.
    """
    if type(function) is not FunctionType or not _is_beside(function):
        return function
    inner = _helper_code(function)
    return function if inner is None else _made(inner, function, {"code": CellType(code)})


HELPING["__helping__"] = helping


def _is_beside(function: FunctionType) -> bool:
    """Whether a function is one of a module that is among an assignment's `files`."""
    package, _dot, module = (function.__module__ or "").rpartition(".")
    return module in getattr(sys.modules.get(package), "__beside__", ())


@lru_cache(maxsize=256)
def _helper_code(function: FunctionType) -> CodeType | None:
    """Return the code of a function that helps, None for one that asks as it stands."""
    found = _source(function)
    if found is None or function.__closure__ or hasattr(function, "__wrapped__"):
        return None
    tree, definition, first = found
    definition.decorator_list = []
    bound = {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    bound |= {each.id for each in _names(definition)}
    if "code" in bound:
        return None
    Rewriting(definition, frozenset({"code"})).generic_visit(definition)
    ast.increment_lineno(ast.fix_missing_locations(tree), first - 1)
    return _inner(tree, definition, function, ("code",))


def uses_a_stand_in(function: Callable[..., Any]) -> bool:
    """Return whether a function does anything with a stand-in; without a source it is believed."""
    found = _source(function) if isinstance(function, FunctionType) else None
    return found is None or any(
        isinstance(node, ast.Name) and node.id in STAND_INS for node in ast.walk(found[1])
    )


def returned(function: Callable[..., Any]) -> dict[str, str]:
    """Return what a function returns at its end, as it is written: whole under "", and by key."""
    found = _source(function) if isinstance(function, FunctionType) else None
    ends = [node for node in ast.walk(found[1]) if isinstance(node, ast.Return)] if found else []
    value = ends[-1].value if ends else None
    if value is None:
        return {}
    texts = {"": ast.unparse(value)}
    if isinstance(value, ast.Dict):
        for key, each in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                texts[key.value] = ast.unparse(each)
    return texts


def _source(function: FunctionType) -> tuple[ast.Module, ast.FunctionDef, int] | None:
    """Return the tree of a function's source and the line that it begins in."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return None
    definition = tree.body[0]
    return (tree, definition, first) if isinstance(definition, ast.FunctionDef) else None


def _inner(
    tree: ast.Module, definition: ast.FunctionDef, function: Any, free: Iterable[str]
) -> CodeType:
    """Return the code of the function that a tree defines, which knows names of one around it."""
    # What a function has from the one around it is known to be that only within such a one.
    around = ast.parse(f"def __around__({', '.join(free)}): pass").body[0]
    around.body = [definition]  # type: ignore[attr-defined]
    tree.body = [around]
    ast.fix_missing_locations(tree)
    code = compile(tree, function.__code__.co_filename, "exec", dont_inherit=True)
    return _code_named(_code_named(code, "__around__"), function.__name__)


def _made(inner: CodeType, function: Any, cells: Mapping[str, CellType]) -> Callable[..., Any]:
    """Return a function that is `function` with other code, within what it knows."""
    # Not a copy: what the module defines later is known to the check.
    function.__globals__.update(HELPING)
    made = FunctionType(
        inner,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        tuple(cells[name] for name in inner.co_freevars),
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__doc__ = function.__doc__
    return made


def _code_named(code: CodeType, name: str) -> CodeType:
    return next(
        each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name
    )


class Rewriting(ast.NodeTransformer):
    """Names results by the variables that hold them, and lets asserts explain themselves."""

    def __init__(
        self, definition: ast.AST | None = None, around: frozenset[str] = frozenset()
    ) -> None:
        definition = definition or ast.Pass()
        names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
        self._loads = [node for node in names if isinstance(node.ctx, ast.Load)]
        self._parameters = around | frozenset(
            node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)
        )
        self._variables = frozenset(node.id for node in names if not isinstance(node.ctx, ast.Load))
        self._loops = [
            node for node in ast.walk(definition) if isinstance(node, ast.For | ast.While)
        ]
        # Variables that the statement hands to a call, and that are read later.
        self._sharing: frozenset[str] = frozenset()
        self._calls = 0

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """Give the value the variable's name; several values their variables' each."""
        with self._shared(node) as after:
            if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                node.value = self._called(node.value, node.targets[0].id)
            else:
                node.targets = [self.visit(each) for each in node.targets]
                node.value = self.visit(node.value)
        bound = {each.id for target in node.targets for each in _names(target)}
        return [node, *(each for name, each in after.items() if name not in bound)]

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        """Visit a call whose value is not kept."""
        seeding = self._seeding(node)
        with self._shared(node) as after:
            value = node.value
            node.value = self._required(value) if _is_assertion(value) else self.visit(value)
        return [node, *seeding, *after.values()]

    def _seeding(self, node: ast.Expr) -> list[ast.stmt]:
        """Return what seeds the notebook's random numbers where a check seeds those here."""
        call = node.value
        if not (
            isinstance(call, ast.Call)
            and ast.unparse(call.func) in _SEEDS
            and len(call.args) == 1
            and isinstance(call.args[0], ast.Constant | ast.Name)
            and "code" in self._parameters
        ):
            return []
        told = _helper("__seeded__", ast.Name("code", ast.Load()), call.args[0])
        return [ast.copy_location(ast.Expr(told), node)]

    def _required(self, call: ast.Call) -> ast.expr:
        """Return a call of a function that asserts that two values are equal, and says which."""
        texts, ours = _texts(call), ast.Constant(self._is_ours(*call.args[:2]))
        arguments, keywords = self._arguments(call)
        function = self._function(call.func)
        return _helper("__required__", function, arguments, texts, keywords, ours)

    def _arguments(self, call: ast.Call) -> tuple[ast.expr, ast.expr]:
        """Return the arguments by position, and those by keyword, as a list and a dictionary."""
        arguments = ast.List([self.visit(each) for each in call.args], ast.Load())
        keywords = ast.Dict(
            [ast.Constant(each.arg) for each in call.keywords],
            [self.visit(each.value) for each in call.keywords],
        )
        return arguments, keywords

    @contextmanager
    def _shared(self, node: ast.stmt) -> Iterator[dict[str, ast.stmt]]:
        """Let variables that a statement hands to calls be what these may change them to.

        Gives the statements that come after it, by variable.
        """
        handed = {
            argument.id
            for call_ in _calls(node)
            for argument in (*call_.args, *(each.value for each in call_.keywords))
            if isinstance(argument, ast.Name)
        }
        own = handed & self._variables - self._parameters
        self._sharing = frozenset(name for name in own if self._is_read_after(name, node))
        yield {
            name: ast.copy_location(
                ast.Assign(
                    [ast.Name(name, ast.Store())],
                    _helper("__as_it_is__", ast.Name(name, ast.Load()), ast.Constant(name)),
                ),
                node,
            )
            for name in sorted(self._sharing)
        }
        self._sharing = frozenset()

    def _is_read_after(self, name: str, node: ast.stmt) -> bool:
        end = (node.end_lineno or 0, node.end_col_offset or 0)
        around = [loop for loop in self._loops if loop.lineno <= node.lineno <= _last(loop)]
        return any(
            (load.lineno, load.col_offset) >= end
            or any(loop.lineno <= load.lineno <= _last(loop) for loop in around)
            for load in self._loads
            if load.id == name
        )

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """Keep a function's source beside it: the notebook's code may be handed it."""
        source, read = ast.unparse(node), reads(node)
        inner: ast.expr = self._unshared(node)  # type: ignore[assignment]
        return self._inside("function", inner, source, read)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        """Keep a function's source beside it: the notebook's code may be handed it."""
        source, read = ast.unparse(node), reads(node) - {node.name}
        inner: ast.stmt = self._unshared(node)  # type: ignore[assignment]
        kept = self._inside(node.name, ast.Name(node.name, ast.Load()), source, read)
        made = ast.Assign([ast.Name(node.name, ast.Store())], kept)
        return [inner, ast.copy_location(made, node)]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt | list[ast.stmt]:
        """Leave the methods of a check's own class to it: they are given its objects.

        One that derives from a variable may be made where the notebook's code runs.
        """
        bases = [each.id for each in node.bases if isinstance(each, ast.Name)]
        if not set(bases) & self._variables or len(bases) < len(node.bases) or node.keywords:
            return self._own_class(node)
        maker, source = f"{node.name}_of", ast.unparse(node)
        source = (
            f"def {maker}({', '.join(bases)}):\n{textwrap.indent(source, '    ')}\n"
            f"    return {node.name}"
        )
        read = reads(node) - {node.name, *bases}
        makes: ast.FunctionDef = ast.parse(f"def __{maker}__(): return {node.name}").body[0]  # type: ignore[assignment]
        makes.body.insert(0, self._own_class(node))
        local = ast.Name(makes.name, ast.Load())
        asked = self._inside(maker, local, source, read)
        handed = [ast.Name(each, ast.Load()) for each in bases]
        made = ast.Assign(
            [ast.Name(node.name, ast.Store())], _helper("__class_of__", asked, *handed)
        )
        return [ast.copy_location(each, node) for each in (makes, made)]

    def _own_class(self, node: ast.ClassDef) -> ast.ClassDef:
        body: list[ast.stmt] = []
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                body.append(self._unshared(each))  # type: ignore[arg-type]
            else:
                found = self.visit(each)
                body += found if isinstance(found, list) else [found]
        node.body = body
        return node

    def _inside(self, name: str, function: ast.expr, source: str, read: frozenset[str]) -> ast.expr:
        known = sorted(read - _BUILT_IN)
        values: list[ast.expr] = [ast.Name(each, ast.Load()) for each in known]
        none = ast.arguments([], [], None, [], [], None, [])
        told = ast.Lambda(none, ast.Dict(list(map(ast.Constant, known)), values))
        return _helper("__inside__", ast.Constant(name), function, ast.Constant(source), told)

    def _unshared(self, node: ast.AST) -> ast.AST:
        """Visit what has a scope of its own."""
        former, self._sharing = self._sharing, frozenset()
        found = self.generic_visit(node)
        self._sharing = former
        return found

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _unshared  # noqa: N815

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Ask for what every object has by a function: stand-ins have it too."""
        self.generic_visit(node)
        if not (node.attr in _OF_ALL and isinstance(node.ctx, ast.Load)):
            return node
        return _helper("__of_itself__", node.value, ast.Constant(node.attr))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """Ask of identity by a function: Python asks it of the stand-ins."""
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Is | ast.IsNot):
            return node
        same = _helper("__identical__", node.left, node.comparators[0])
        return same if isinstance(node.ops[0], ast.Is) else ast.UnaryOp(ast.Not(), same)

    def visit_Try(self, node: ast.Try) -> ast.Try:
        """Let what the notebook's code raises be caught as the check means it."""
        self.generic_visit(node)
        if "code" in self._parameters and node.handlers:
            trying = ast.withitem(_helper("__trying__", ast.Name("code", ast.Load())))
            node.body = [ast.copy_location(ast.With([trying], node.body), node.body[0])]
            verdicts = ast.Name("__verdicts__", ast.Load())
            first = ast.ExceptHandler(verdicts, None, [ast.Raise()])
            node.handlers.insert(0, ast.copy_location(first, node.handlers[0]))
        return node

    def visit_Return(self, node: ast.Return) -> ast.Return:
        """Give what is returned in a dictionary the names of its keys."""
        if isinstance(node.value, ast.Dict):
            node.value.values = [
                self._called(value, key.value)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
                else self.visit(value)
                for key, value in zip(node.value.keys, node.value.values, strict=True)
            ]
        elif node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Let a check be run as its notebook is: what stands under `__main__` belongs to it."""
        if node.id == "__name__" and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Constant("__main__"), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Call a method as one step."""
        return self._call(node, "")

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        """Return statements that say what did not hold."""
        return [self._asserted(each, node) for each in _parts(node.test)]

    def _asserted(self, test: ast.expr, node: ast.Assert) -> ast.stmt:
        written = _text(test)
        told = self.visit(node.msg) if node.msg is not None else ast.Constant(None)
        later = ast.Lambda(ast.arguments([], [], None, [], [], None, []), told)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            sides = (test.left, test.comparators[0])
            values_of = [_text(each) for each in sides]
            ours = ast.Constant(self._is_ours(*sides))
            values = [self.visit(each) for each in sides]
            how = ast.Constant(type(test.ops[0]).__name__)
            helper = _helper("__compared__", *values, how, *values_of, written, later, ours)
        elif isinstance(test, ast.Call) and _starless(test):
            texts, ours = _texts(test), ast.Constant(self._is_ours(*test.args[:2]))
            function = self._function(test.func)
            arguments, keywords = self._arguments(test)
            helper = _helper(
                "__agreed__", function, arguments, texts, written, later, keywords, ours
            )
        else:
            helper = _helper("__held__", self.visit(test), written, later)
        return ast.copy_location(ast.Expr(helper), node)

    def _is_ours(self, *sides: ast.expr) -> bool:
        """Whether what stands first is the assignment's alone, and what stands second is not."""
        own = self._variables | self._parameters
        first, *others = (
            {each.id for each in _names(side)} & own for side in sides or [ast.Pass()]
        )
        return not first and any(others)

    def _called(self, value: ast.expr, name: str) -> ast.expr:
        if isinstance(value, ast.Call):
            return _helper("__named__", self._call(value, name), ast.Constant(name))
        return _helper("__named__", self.visit(value), ast.Constant(name))

    def _call(self, node: ast.Call, name: str) -> ast.Call:
        function = node.func
        if isinstance(function, ast.Attribute):
            on = self.visit(function.value)
            called: ast.expr = _helper(
                "__call__", on, ast.Constant(function.attr), ast.Constant(name)
            )
            called = self._helped(function.value, called)
        else:
            called = self._function(function)
        given = [*node.args, *(each.value for each in node.keywords)]
        if any(isinstance(each, ast.Name) and each.id in self._sharing for each in given):
            self._calls += 1
            target = f"__called_{self._calls}__"
            called = ast.NamedExpr(ast.Name(target, ast.Store()), called)
        else:
            target = ""
        arguments = [self._argument(each, target) for each in node.args]
        keywords = [
            ast.keyword(each.arg, self._argument(each.value, target)) for each in node.keywords
        ]
        return ast.copy_location(ast.Call(called, arguments, keywords), node)

    def _argument(self, node: ast.expr, called: str) -> ast.expr:
        """Return an argument; what is read later is shared with what is called."""
        if not (isinstance(node, ast.Name) and node.id in self._sharing):
            return self.visit(node)  # type: ignore[no-any-return]
        function = ast.Name(called, ast.Load())
        shared_ = _helper("__shared__", function, node, ast.Constant(node.id))
        return ast.NamedExpr(ast.Name(node.id, ast.Store()), shared_)

    def _function(self, node: ast.expr) -> ast.expr:
        """Return what is called: of some built-in functions, what is called in their place."""
        own = self._variables | self._parameters
        if isinstance(node, ast.Name) and node.id in IN_PLACE_OF and node.id not in own:
            return ast.Name(f"__{node.id}_of__", ast.Load())
        return self._helped(node, self.visit(node))

    def _helped(self, named: ast.expr, called: ast.expr) -> ast.expr:
        """Return what is called by the name of something that stands around the check."""
        own = self._variables | self._parameters
        if "code" not in own or not isinstance(named, ast.Name) or named.id in own:
            return called
        return _helper("__helping__", ast.Name("code", ast.Load()), called)


def _is_assertion(node: ast.expr) -> TypeGuard[ast.Call]:
    """Whether this calls a function of a library's that asserts its first two arguments equal."""
    if not (isinstance(node, ast.Call) and len(node.args) >= 2 and _starless(node)):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    return _ASSERTING.fullmatch(name) is not None


# As numpy, pandas, torch, unittest and pytest's forerunners call them.
_ASSERTING: Final = re.compile(
    r"assert_?(?:array_?|frame_?|series_?|index_?|list_?|dict_?|tuple_?|set_?|count_?|almost_?)?"
    r"(?:almost_?|approx_?)?(?:equal|close|allclose|equals|equal_nulp)",
    re.IGNORECASE,
)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in a statement, but those in a scope of its own."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _SCOPES):
            yield from _calls(child)
    if isinstance(node, ast.Call):
        yield node


_SCOPES: Final = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Name))


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _helper(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _parts(test: ast.expr) -> list[ast.expr]:
    """Return the conditions that must all hold: each is told of by itself."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for each in test.values for part in _parts(each)]
    return [test]


def _starless(call: ast.Call) -> bool:
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    return not starred and all(each.arg is not None for each in call.keywords)


def _texts(call: ast.Call) -> ast.expr:
    """Return how the arguments of a call read, before they are rewritten in place."""
    return ast.List([_text(each) for each in call.args], ast.Load())


def _text(node: ast.expr) -> ast.Constant:
    """Return how an expression reads, before it is rewritten in place."""
    return ast.Constant(ast.unparse(node))
