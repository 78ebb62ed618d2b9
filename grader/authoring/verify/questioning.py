"""What checks ask by inputs that are named by hand, asked with others.

A question is what a check asks up to one of its answers, with no more steps than that needs. Its
values become others that are like them, one or two at a time, and so do those that it leaves out,
which have a default.
"""

import ast
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from grader.asking.libraries import stays
from grader.assignment.model import Check
from grader.authoring.verify.likenesses import Constants, lengths, likenesses, resized
from grader.judging.statements import given_name, is_writable, references
from grader.scenario import (
    Call,
    Define,
    Get,
    Iterate,
    Operate,
    Ref,
    Scenario,
    Seed,
    Set,
    Step,
    Subject,
    Use,
    Value,
    calls,
)

# Values of two arguments that are tried together.
_PAIRED: Final = 6
# Steps that are left out one by one.
_MOST_LEFT_OUT: Final = 3
_MOST_CONSTANTS: Final = 12
_MOST_WORD: Final = 20
_COMPUTING: Final = frozenset(
    {"add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "setitem"}
    | {"lt", "le", "eq", "ne", "gt", "ge", "contains", "identity"}
)


# Where in some steps a value stands: which step, and its argument's position or name.
_Place = tuple[int, int | str]


@dataclass(frozen=True)
class Question:
    """Steps that the check with this id takes, up to one that gives plain data, or fewer.

    `places` are the values that can be others.
    """

    check: str
    steps: tuple[Step, ...]
    places: Mapping[_Place, Any]


# What functions and methods take if nobody gives it, by their names: each parameter by its place
# and name.
_Defaults = Mapping[str, Mapping[tuple[int, str], Any]]


def _defaults(trees: Iterable[ast.Module]) -> _Defaults:
    """Return what the functions, classes and methods in some code take if it is not given."""
    found: dict[str, dict[tuple[int, str], Any]] = {}
    for node in (each for tree in trees for each in tree.body):
        methods = node.body if isinstance(node, ast.ClassDef) else []
        for each in (node, *methods):
            if isinstance(each, ast.FunctionDef):
                owner = isinstance(node, ast.ClassDef) and each.name == "__init__"
                name = getattr(node, "name", "") if owner else each.name
                found.setdefault(name, _defaults_of(each.args, bound=bool(methods)))
    return found


def _defaults_of(arguments: ast.arguments, *, bound: bool) -> dict[tuple[int, str], Any]:
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    given = [
        ((at - bound, each.arg), default)
        for at, (each, default) in enumerate(
            zip(positional[first:], arguments.defaults, strict=True), start=first
        )
        if each in arguments.args
    ]
    # What is given by its name alone has no place.
    given += [
        ((sys.maxsize, each.arg), default)
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    return {place: value.value for place, value in given if isinstance(value, ast.Constant)}


def questions(
    checks: Iterable[Check], right: Subject, trees: Iterable[ast.Module], root: str
) -> list[Question]:
    """Return what plain checks ask, each question with no more steps than it needs.

    They are those that call `root`, the function or class that is asked about, and all where none
    calls it by its name. `right` is the reference, and `trees` are its cells.
    """
    found = [*_questions(checks, right, _defaults(trees))]
    named = [
        each
        for each in found
        if any(called.partition(".")[0] == root for called in calls(Scenario(*each.steps)))
    ]
    return named or found


def _questions(checks: Iterable[Check], right: Subject, defaults: _Defaults) -> Iterator[Question]:
    known = set()
    for check in checks:
        trial = check.function.plain.trial(None, right)  # type: ignore[attr-defined]
        for scenario in (trial.planned.scenario, *trial.aside):
            came = right.answer(scenario).outcomes if scenario.steps else ()
            for place, outcome in enumerate(came):
                steps = _needed(scenario.steps[: place + 1])
                if not isinstance(outcome, Value) or stays(outcome.value):
                    continue
                for fewer in filter(_can_be_asked, _shortened(steps)):
                    key = Scenario(*fewer).key
                    places = _places(fewer, defaults)
                    if places and key not in known:
                        known.add(key)
                        yield Question(check.id, fewer, places)


def _needed(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps that the last of them comes from, or that are about the same objects."""
    own = {given_name(each) for each in steps if not isinstance(each, Use)} - {""}
    named = [({given_name(each), *references(each)} & own) for each in steps]
    reached, former = set(named[-1]), set[str]()
    while reached != former:
        former = set(reached)
        reached = reached.union(*(names for names in named if names & reached))
    last = len(steps) - 1
    kept = [
        each
        for at, each in enumerate(steps)
        if at == last or isinstance(each, Seed) or named[at] & reached
    ]
    used = {name for each in kept for name in references(each)}
    return tuple(
        each
        for each in steps
        if any(each is other for other in kept) or (isinstance(each, Use) and each.target in used)
    )


def _shortened(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Yield steps, and these without some that none of the others refers to."""
    yield steps
    used = {name for each in steps for name in references(each)}
    aside = [
        at
        for at, each in enumerate(steps[:-1])
        if isinstance(each, Set) or (isinstance(each, Call) and each.result not in used)
    ]
    for left_out in ({*aside}, *({at} for at in aside[:_MOST_LEFT_OUT])):
        if left_out:
            yield _without(steps, left_out)


def _without(steps: tuple[Step, ...], left_out: set[int]) -> tuple[Step, ...]:
    """Return steps without some, and without what only these looked up."""
    kept = tuple(each for at, each in enumerate(steps) if at not in left_out)
    used = {name for each in kept for name in references(each)}
    return (
        tuple(each for each in kept[:-1] if not isinstance(each, Get) or each.result in used)
        + kept[-1:]
    )


def _can_be_asked(steps: Sequence[Step]) -> bool:
    last = steps[-1]
    computes = isinstance(last, Call | Get | Iterate) or (
        isinstance(last, Operate) and last.operator not in ("library", "isinstance", "dir")
    )
    does = any(isinstance(each, Call) for each in steps)
    sound = all(is_writable(each) and not isinstance(each, Define) for each in steps)
    return computes and does and sound


def _places(steps: Sequence[Step], defaults: _Defaults) -> dict[_Place, Any]:
    """Return the values that steps hand in, by their places, and those that they leave out."""
    found: dict[_Place, Any] = {}
    for number, step in enumerate(steps):
        match step:
            case Call(args=args, kwargs=kwargs):
                given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
                given += [
                    (name, default)
                    for (at, name), default in defaults.get(step.method or step.target, {}).items()
                    if at >= len(args) and name not in kwargs
                ]
            case Set(value=value):
                given = [("value", value)]
            case Operate(operator=operator, args=args) if operator in _COMPUTING:
                given = list(enumerate(args))
            case _:
                given = []
        found |= {(number, at): value for at, value in given if not _refers(value)}
    return found


def _refers(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_refers, value.values()))
    return isinstance(value, Ref) or (
        isinstance(value, list | tuple | set | frozenset) and any(map(_refers, value))
    )


def _with(steps: Sequence[Step], values: Mapping[_Place, Any]) -> tuple[Step, ...]:
    """Return steps that hand in other values at some places."""
    changed = list(steps)
    for (number, at), value in values.items():
        step = changed[number]
        if isinstance(step, Set):
            changed[number] = replace(step, value=value)
        elif isinstance(at, str) and isinstance(step, Call):
            changed[number] = replace(step, kwargs={**step.kwargs, at: value})
        elif isinstance(step, Call | Operate) and isinstance(at, int):
            args = [*step.args]
            args[at] = value
            changed[number] = replace(step, args=args)
    return tuple(changed)


def varied(question: Question, constants: Constants) -> Iterator[Question]:
    """Yield a question with other values, the most telling first."""
    steps, places = question.steps, question.places
    others = {place: likenesses(value, constants) for place, value in places.items()}
    for values in itertools.chain(_singly(others), _together(places), _paired(places, others)):
        yield replace(question, steps=_with(steps, values))


def _singly(others: Mapping[_Place, Sequence[Any]]) -> Iterator[dict[_Place, Any]]:
    """Yield another value for one place, the places in turns."""
    nothing = object()
    for several in itertools.zip_longest(*others.values(), fillvalue=nothing):
        for place, each in zip(others, several, strict=True):
            if each is not nothing:
                yield {place: each}


def _together(places: Mapping[_Place, Any]) -> Iterator[dict[_Place, Any]]:
    """Yield values of other sizes: what had the same length has the same afterwards."""
    shared = sorted(set().union(*map(lengths, places.values())) - {0})
    for former in shared:
        for size in (1, former + 1, 0):
            if size != former:
                yield {at: resized(value, size, former) for at, value in places.items()}


def _paired(
    places: Mapping[_Place, Any], others: Mapping[_Place, Sequence[Any]]
) -> Iterator[dict[_Place, Any]]:
    """Yield other values for two places, equal ones first."""
    pairs = list(itertools.combinations(places, 2))
    for one, other in pairs:
        if type(places[one]) is type(places[other]):
            yield {other: places[one]}
            for each in others[one][:_PAIRED]:
                yield {one: each, other: each}
    for one, other in pairs:
        for first, second in itertools.product(others[one][:_PAIRED], others[other][:_PAIRED]):
            yield {one: first, other: second}


def constants_of(trees: Iterable[ast.Module], root: str) -> Constants:
    """Return the numbers and the texts that the function or class `root` names."""
    found: dict[str, int | float | str] = {}
    for tree in trees:
        for node in tree.body:
            if getattr(node, "name", root) != root:
                continue
            documented = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Expr)}
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and id(each) not in documented:
                    value = each.value
                    if isinstance(value, bool) or not isinstance(value, int | float | str):
                        continue
                    if len(str(value)) <= _MOST_WORD:
                        found.setdefault(repr(value), value)
    return [*found.values()][:_MOST_CONSTANTS]
