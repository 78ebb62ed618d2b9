"""Where a slip may stand: which lines of definitions an answer comes from, and how directly.

What an answer cannot come from cannot mend it, and what it comes from most directly is the
likeliest. This is a static slice, as debuggers compute it (Weiser, "Program Slicing", 1981),
without an order of statements: a method may be called at any time.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.mending.blocks import Function, header_end
from grader.mending.definitions import Definitions
from grader.scenario import Call, Get, Make, Operate, Scenario, Use

# What a statement writes or reads, as a pair: "attribute" and its name, "returned" and the name of
# the function, or the name of a function and that of a variable in it.
Thing = tuple[str, str]
# The lines of each part, and how far each is by its part and index.
Lines = Sequence[Sequence[str]]
Distances = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class _Statement:
    """What the lines of one statement write and read; the lines are indices in its part."""

    part: int
    lines: range
    writes: frozenset[Thing]
    reads: frozenset[Thing]


class Places:
    """The statements of definitions, and what of the others each depends on."""

    def __init__(self, defined: Definitions) -> None:
        self._statements = [
            each
            for index, part in enumerate(defined.parts)
            for statement in ast.parse(part.text).body
            for each in _statements(statement, index, "")
        ]

    def distances(self, wanted: Collection[Thing], line: str, lines: Lines) -> Distances:
        """Return how many statements lie between each line and what is `wanted`.

        A `line` that raised, "" for none, and what it reads, is wanted as well. `lines` are those
        of each part. What nothing that is wanted comes from is left out.
        """
        found: dict[tuple[int, int], int] = {}
        known = {*wanted}
        raised = [each for each in self._statements if line and _holds(each, line, lines)]
        for each in raised:
            found |= {(each.part, number): 0 for number in each.lines}
            known |= each.reads
        left = [each for each in self._statements if each not in raised]
        distance = 1 if raised else 0
        while True:
            here = [each for each in left if each.writes & known]
            if not here:
                return found
            for each in here:
                for number in each.lines:
                    found.setdefault((each.part, number), distance)
                known |= each.reads
            left = [each for each in left if each not in here]
            distance += 1


def _holds(statement: _Statement, line: str, lines: Lines) -> bool:
    return any(lines[statement.part][number].strip() == line for number in statement.lines)


def wanted_of(scenario: Scenario, place: int) -> frozenset[Thing]:
    """Return what the answer of a step of `scenario` is made of, nothing where that is unknown."""
    step = scenario.steps[place]
    match step:
        case Get(attribute=name):
            return frozenset({("attribute", name)})
        case Call(target=target, method=name):
            called = name or _named(scenario, target)
            return frozenset({("returned", called), ("returned", "__call__")})
        case Make():
            return frozenset({("returned", "__init__")})
        case Operate(args=arguments):
            return frozenset(
                thing for each in arguments for thing in _of_result(scenario, place, each)
            )
    return frozenset()


def _of_result(scenario: Scenario, place: int, value: object) -> frozenset[Thing]:
    name = getattr(value, "name", None)
    for before in range(place):
        if name is not None and getattr(scenario.steps[before], "result", None) == name:
            return wanted_of(scenario, before)
    return frozenset()


def _named(scenario: Scenario, target: str) -> str:
    """Return the name of what the notebook defines that `target` stands for."""
    named = (
        step.name for step in scenario.steps if isinstance(step, Use) and step.target == target
    )
    return next(named, target)


def _statements(node: ast.stmt, part: int, function: str) -> Iterator[_Statement]:
    """Yield a statement and all in it, which stand in a `function`."""
    if isinstance(node, Function):
        function = node.name
    held = [each for name in ("body", "orelse", "finalbody") for each in getattr(node, name, ())]
    held += [each for handler in getattr(node, "handlers", ()) for each in handler.body]
    if not isinstance(node, ast.ClassDef):
        inside = {id(inner) for each in held for inner in ast.walk(each)}
        own = [each for each in ast.walk(node) if id(each) not in inside]
        writes, reads = _written(own, function), _read(own, function)
        if held and not isinstance(node, Function):
            # What decides whether a statement is done is a part of what it does.
            deep = [each for each in ast.walk(node) if id(each) in inside]
            writes |= _written(deep, function)
        if isinstance(node, Function):
            writes |= {("returned", function)}
            reads = frozenset()
        last = header_end(node) if held else node.end_lineno or node.lineno
        yield _Statement(part, range(node.lineno - 1, last), writes, reads)
    for each in held:
        yield from _statements(each, part, function)


def _written(nodes: Sequence[ast.AST], function: str) -> frozenset[Thing]:
    found: set[Thing] = set()
    for each in nodes:
        match each:
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                found.add(("attribute", name))
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add((function, name))
            case ast.arg(arg=name):
                found.add((function, name))
            case ast.Return() | ast.Yield() | ast.Raise():
                found.add(("returned", function))
            case (
                ast.Subscript(value=value, ctx=ast.Store())
                | ast.Call(func=ast.Attribute(value=value))
            ):
                # An array's entries, or a list that is added to.
                found |= _base(value, function)
            case ast.keyword(arg="out", value=value):
                found |= _base(value, function)
    return frozenset(found)


def _base(value: ast.expr, function: str) -> frozenset[Thing]:
    match value:
        case ast.Attribute(attr=name):
            return frozenset({("attribute", name)})
        case ast.Name(id=name):
            return frozenset({(function, name)})
        case ast.Subscript(value=inner):
            return _base(inner, function)
    return frozenset()


def _read(nodes: Sequence[ast.AST], function: str) -> frozenset[Thing]:
    found: set[Thing] = set()
    for each in nodes:
        match each:
            case ast.Attribute(attr=name):
                # A method that is called is known by what it returns.
                found |= {("attribute", name), ("returned", name)}
            case ast.Name(id=name):
                found |= {(function, name), ("returned", name)}
    return frozenset(found)
