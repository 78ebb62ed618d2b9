"""Steps as the statements that a student would write for them.

A result that nobody has named and that is used once stands where it is used: `Linear(2, 3)
.forward(x)`. It does so only where everything is still done in the order in which it was asked.
"""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.judging.expressions import UnwritableError, expression
from grader.scenario import (
    Call,
    Define,
    Get,
    Iterate,
    Make,
    Operate,
    Outcome,
    Raised,
    Ref,
    Seed,
    Set,
    Step,
    Use,
    Value,
)

_STEPS: Final = (Make, Use, Set, Get, Call, Operate, Iterate, Define, Seed)

# What the stand-in calls results that the check has no variable for.
_UNNAMED: Final = re.compile(r"result(_\d+)?")

_BINARY: Final = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and_": "&",
    "or_": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
    "lt": "<",
    "le": "<=",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
}
_UNARY: Final = {"neg": "-", "pos": "+", "invert": "~"}
# What only reads: without a use, it does nothing.
_READING: Final = frozenset(
    {
        *("identity", "len", "callable", "dir", "hasattr", "is_", "isinstance", "issubclass"),
        *("library", "type"),
    }
)

_ATOMS: Final = (
    *(ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript),
    *(ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp),
)


def is_writable(step: Step) -> bool:
    """Whether a student could take a step by a statement."""
    return isinstance(step, _STEPS)


def result_of(step: Step) -> str:
    """Return what a step's value is known as, "" where it has none."""
    return str(getattr(step, "result", ""))


def given_name(step: Step) -> str:
    """Return what a step makes something known as, "" where it does not."""
    made = isinstance(step, Make | Use | Define)
    return str(getattr(step, "target", "")) if made else result_of(step)


def references(step: Step) -> list[str]:
    """Return the objects that a step names, in the order in which they are written."""
    match step:
        case Set(target=target, value=value):
            # Python finds the value first.
            return [*_named_in(value), target]
        case Get(target=target) | Iterate(target=target):
            return [target]
        case Call(target=target, args=args, kwargs=kwargs):
            return [target, *_named_in([*args, *kwargs.values()])]
        case Make(args=args, kwargs=kwargs):
            return list(_named_in([*args, *kwargs.values()]))
        case Operate(args=args):
            return list(_named_in(list(args)))
    return []


def _named_in(value: object) -> Iterator[str]:
    if isinstance(value, Ref):
        yield value.name
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _named_in(each)
    elif isinstance(value, dict):
        yield from _named_in(list(value.values()))


def is_unnamed(name: str) -> bool:
    """Whether a result has only the name that the stand-in gave it."""
    return _UNNAMED.fullmatch(name) is not None


class Statements:
    """The statements for steps, with the arrays `named` by their names.

    `uses` are the results that are used after all steps, and `inline` those that have no line of
    their own although they have a name. `used` are the names of arrays that are used, and `lines`
    what is written so far.
    """

    def __init__(
        self,
        named: Mapping[str, np.ndarray],
        uses: Iterable[str] = (),
        inline: Collection[str] = (),
    ) -> None:
        self.named = named
        self.inline = inline
        self.used: set[str] = set()
        self.frozen: set[str] = set()
        self.lines: list[str] = []
        self._uses = Counter(uses)
        # What stands for results that are not written yet, in the order in which they come to be.
        self._waiting: dict[str, str] = {}

    def write(self, steps: Sequence[tuple[Step, Outcome | None]]) -> None:
        """Write steps, each with what came of it. Raises UnwritableError."""
        for step, _outcome in steps:
            self._uses.update(references(step))
        for step, outcome in steps:
            self._step(step, outcome)

    def statement(self, step: Step, outcome: Outcome | None = None) -> str:
        """Return the last of the steps as a statement, with those before it written."""
        self._uses.update(references(step))
        self._settle(references(step))
        text = self._text(step, outcome)
        self._flush()
        name = result_of(step)
        bare = isinstance(step, Get) or is_unnamed(name)
        return text.removeprefix(f"{name} = ") if bare else text

    def shown(self, text: str, names: Sequence[str]) -> str:
        """Return an expression that uses these results, with what is waiting for it in its place.

        Everything else is written.
        """
        self._settle(names)
        for name in names:
            if name in self._waiting:
                found = self._waiting.pop(name)
                whole = text == name
                text = _replaced(text, name, found if whole else _operand(found))
        self._flush()
        return text

    def _step(self, step: Step, outcome: Outcome | None) -> None:
        name = result_of(step)
        uses = self._uses[name] if name else 0
        if not uses and _only_reads(step):
            return
        self._settle(references(step))
        text = self._text(step, outcome)
        if uses == 1 and (is_unnamed(name) or name in self.inline or _is_identity(step)):
            self._waiting[name] = text.removeprefix(f"{name} = ")
            return
        self._flush()
        if not uses and name and is_unnamed(name):
            text = text.removeprefix(f"{name} = ")
        if isinstance(step, Call | Get) and step.tried and isinstance(outcome, Raised):
            text = f"try:\n    {text}\nexcept Exception as error:\n    print(error)"
        if text:
            self.lines += text.split("\n")

    def _settle(self, names: Sequence[str]) -> None:
        """Write what is waiting, unless it is just what `names` need in this order."""
        needed = [name for name in names if name in self._waiting]
        waiting = list(self._waiting)
        if needed and waiting[len(waiting) - len(needed) :] != needed:
            self._flush()

    def _flush(self) -> None:
        for name, text in self._waiting.items():
            self.lines.append(f"{name} = {text}")
        self._waiting.clear()

    def _text(self, step: Step, outcome: Outcome | None) -> str:
        """Return a step as a statement, "" where it takes none."""
        match step:
            case Make(target=target, kind=kind, args=args, kwargs=kwargs):
                return f"{_name(target)} = {kind}({self._arguments(args, kwargs)})"
            case Use(target=target, name=name):
                return f"{_name(target)} = {name}" if target != name else ""
            case Set(target=target, attribute=attribute, value=value):
                given = self.value(value, as_=attribute, copied=True)
                return f"{self._object(target)}.{attribute} = {given}"
            case Define(source=source):
                return source.strip("\n")
            case Seed(seed=seed):
                return f"random.seed({seed})\nnp.random.seed({seed})"
            case Operate(result=result, operator="library", args=(str(path),)) if not _at_hand(
                path
            ):
                module, _dot, name = path.rpartition(".")
                return f"from {module} import {name}{f' as {result}' if result != name else ''}"
            case Operate(operator="setitem", args=(on, key, value)):
                return f"{self._operand(on)}[{self.value(key)}] = {self.value(value)}"
            case Operate(operator="delitem", args=(on, key)):
                return f"del {self._operand(on)}[{self.value(key)}]"
        return f"{_name(result_of(step))} = {self._expression(step, outcome)}"

    def _expression(self, step: Step, outcome: Outcome | None) -> str:
        match step:
            case Get(target=target, attribute=attribute):
                return f"{self._object(target)}.{attribute}"
            case Call(target=target, method=method, args=args, kwargs=kwargs):
                called = f"{self._object(target)}.{method}" if method else self._object(target)
                return f"{called}({self._arguments(args, kwargs)})"
            case Operate(operator=name, args=args):
                return self._operation(name, args)
            case Iterate(target=target, most=most):
                value = outcome.value if isinstance(outcome, Value) else None
                items = self._waiting.pop(target, target)
                if isinstance(value, list) and len(value) < most:
                    return f"list({items})"
                return f"list(islice({items}, {most}))"
        raise UnwritableError(str(step))

    def _operation(self, name: str, args: Sequence[object]) -> str:
        if name in _BINARY and len(args) == 2:
            left, right = self._operand(args[0], negative=name != "pow"), self._operand(args[1])
            return f"{left} {_BINARY[name]} {right}"
        if name in _UNARY:
            return f"{_UNARY[name]}{self._operand(args[0], negative=False)}"
        if name == "getitem":
            return f"{self._operand(args[0])}[{self._key(args[1])}]"
        if name == "contains":
            # Python looks at the right operand of `in` last.
            return f"{self._operand(args[1])} in {self._operand(args[0])}"
        if name == "identity":
            return self.value(args[0])
        if name == "library":
            return _at_hand(str(args[0]))
        if name == "is_":
            return f"{self._operand(args[0])} is {self._operand(args[1])}"
        if name == "isinstance" and isinstance(args[1], str):
            kind = "np.ndarray" if args[1] == "ndarray" else _name(args[1])
            return f"isinstance({self.value(args[0])}, {kind})"
        return f"{name}({', '.join(map(self.value, args))})"

    def _key(self, key: object) -> str:
        if isinstance(key, slice):
            start, stop, step = (
                "" if each is None else self.value(each) for each in (key.start, key.stop, key.step)
            )
            return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
        return self.value(key)

    def _arguments(self, args: Sequence[object], kwargs: Mapping[str, object]) -> str:
        given = [*map(self.value, args)]
        given += [f"{name}={self.value(value)}" for name, value in kwargs.items()]
        return ", ".join(given)

    def _object(self, target: str) -> str:
        return _operand(self._waiting.pop(target, target))

    def _operand(self, value: object, *, negative: bool = True) -> str:
        return _operand(self.value(value), negative=negative)

    def value(self, value: object, as_: str = "", *, copied: bool = False) -> str:
        """Return a value as an expression, by the name `as_` where that array is equal.

        It is `copied` where the student's code keeps it. Raises UnwritableError.
        """
        if isinstance(value, Ref):
            return self._waiting.pop(value.name, value.name)
        if not isinstance(value, np.ndarray):
            return expression(value, self.value)
        for name in sorted(self.named, key=lambda name: name != as_):
            array = self.named[name]
            if array.dtype == value.dtype and _equal(array, value):
                self.used.add(name)
                if not value.flags.writeable:
                    self.frozen.add(name)
                return f"{name}.copy()" if copied else name
        return expression(value)

    def definition(self, name: str) -> list[str]:
        """Return the lines that make an array of the name."""
        frozen = [f"{name}.flags.writeable = False"] if name in self.frozen else []
        return [f"{name} = {expression(_readable(self.named[name]))}", *frozen]


# Digits of a number that is given: more than a result shows.
_DIGITS: Final = 8


def _readable(array: np.ndarray) -> np.ndarray:
    """Return an array with numbers that can be read."""
    if array.dtype != np.float64:
        return array
    short = [float(f"{each:.{_DIGITS}g}") for each in array.ravel().tolist()]
    return np.array(short).reshape(array.shape)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))


def _only_reads(step: Step) -> bool:
    return isinstance(step, Get) or (isinstance(step, Operate) and step.operator in _READING)


def _is_identity(step: Step) -> bool:
    if not isinstance(step, Operate):
        return False
    return step.operator == "identity" or (
        step.operator == "library" and bool(_at_hand(str(step.args[0])))
    )


def _at_hand(path: str) -> str:
    """Return how a cell names what Python or numpy has under a path, "" for other libraries."""
    module, _dot, name = path.rpartition(".")
    return name if module == "builtins" else f"np.{name}" if module == "numpy" else ""


def _name(name: str) -> str:
    if not name.isidentifier():
        raise UnwritableError(name)
    return name


def _operand(text: str, *, negative: bool = True) -> str:
    """Return an expression as it can be an operand; a `negative` number may be one as it is."""
    try:
        tree: Any = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise UnwritableError(text) from None
    if isinstance(tree, _ATOMS):
        return text
    if negative and isinstance(tree, ast.UnaryOp) and isinstance(tree.operand, ast.Constant):
        return text
    return f"({text})"


def _replaced(text: str, name: str, by: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", lambda _found: by, text, count=1)
