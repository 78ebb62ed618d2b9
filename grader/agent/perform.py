"""Performing the steps of a scenario, the same way for every subject.

The steps arrive as plain data. What each step came to is plain data again:
`["value", value, changed, work]`, with `[printed, warned]` behind it where that is asked for, or
`["raised", type, message, source line]`, with `[near, has]` behind it where something of that
name was not found.
The first step that raises is the last that is performed, unless it is one that is tried.
"""

import contextlib
import importlib
import io
import itertools
import linecache
import operator
import random
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final

import numpy as np

from . import UNDEFINED, looking
from .counting import count_work
from .held import held
from .instead import instead
from .making import PLAIN, look, made
from .shims import placeholders
from .shims.missing import blamed
from .values import Ref, Tensor

Outcome = list[Any]

_HERE = Path(__file__).parent

# Where the number of the step that runs is told, if anywhere: whoever waits for an answer that does
# not come reads there what it hangs in.
_told: Any = None
PLACE_BYTES = 4

# Parts of the paths of code that no student wrote.
_LIBRARIES = (
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib")),
    *("site-packages", "dist-packages", "<frozen"),
)


def tell_steps_to(place: Any) -> None:
    """Write the number of each step that begins into `place`, a buffer of PLACE_BYTES."""
    global _told  # noqa: PLW0603 - a process answers one question at a time
    _told = place


# Letters and warnings of a call that are told.
MOST_PRINTED: Final = 2**16
MOST_WARNINGS: Final = 100


def _of_a_library(path: str) -> Any:
    """Return the class or function that a library has under a path such as "torch.nn.Linear"."""
    found, *parts = path.split(".")
    value = importlib.import_module(found)
    for part in parts:
        found = f"{found}.{part}"
        value = getattr(value, part) if hasattr(value, part) else importlib.import_module(found)
    return value


# What a question may do with an object beside calling it, as the module `operator` has it.
OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    **{
        name: getattr(operator, name)
        for name in (
            *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
            *("neg", "pos", "abs", "invert", "and_", "or_", "xor", "lshift", "rshift"),
            *("getitem", "setitem", "delitem", "contains", "lt", "le", "eq", "ne", "gt", "ge"),
        )
    },
    **{each.__name__: each for each in (len, bool, int, float, complex, str, repr, next, iter)},
    "identity": lambda value: value,
    # A method's name with that of the class that defines it, "" for what has none.
    "qualname": lambda value: ".".join(getattr(value, "__qualname__", "").split(".")[-2:]),
    "list": list,
    "tuple": tuple,
    **{each.__name__: each for each in (callable, dir, hasattr, issubclass, type)},
    "is_": operator.is_,
    "isinstance": lambda value, kind: (
        any(each.__name__ == kind for each in type(value).__mro__)
        if isinstance(kind, str)
        else isinstance(value, kind)
    ),
    "library": _of_a_library,
}


class Noise:
    """Keeps what code prints, and what it warns of, while it runs."""

    def __enter__(self) -> None:
        """Begin to listen."""
        self._printed = io.StringIO()
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(contextlib.redirect_stdout(self._printed))
        self._warned = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")

    def __exit__(self, *_raised: object) -> None:
        """Let everything be as it was."""
        self._stack.close()

    def plain(self) -> list[Any]:
        """Return what was printed, and the class and the message of each warning."""
        printed = self._printed.getvalue()
        warned = [
            [each.category.__name__[:200], _text(each.message.__str__)[:2000]]
            for each in self._warned[:MOST_WARNINGS]
        ]
        return [printed[:MOST_PRINTED], warned]


class Performance:
    """The objects of one scenario, and what its steps may do with them.

    `namespace` is where the names of a notebook are looked up. `extras` are steps that only some
    subjects can perform, by name.
    """

    def __init__(
        self,
        namespace: MutableMapping[str, Any],
        extras: dict[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.namespace = namespace
        self.extras = extras or {}
        self.objects: dict[str, Any] = {}
        # Arrays that were handed to the student's code, each as it was: a call may also change
        # what an earlier one got.
        self._handed: list[tuple[int, int, Any, Any]] = []
        self._begun = 0

    def run(self, steps: Sequence[Sequence[Any]]) -> list[Outcome]:
        """Perform the steps and return their outcomes. Raises nothing that a step raises.

        They follow those that were performed before, and are counted on from them.
        """
        outcomes: list[Outcome] = []
        for do, *arguments in steps:
            index, self._begun = self._begun, self._begun + 1
            if _told is not None:
                _told[:PLACE_BYTES] = index.to_bytes(PLACE_BYTES, "little")
            try:
                value, *rest = self._step(index, do, arguments)
                _require_known(value)
                outcomes.append(["value", value, *rest])
            # A student's code may raise whatever it likes, SystemExit included.
            except BaseException as error:  # noqa: BLE001
                outcomes.append(_raised(error))
                if not (_is_tried(do, arguments) and isinstance(error, Exception)):
                    break
        return outcomes

    def _step(self, index: int, do: str, arguments: list[Any]) -> tuple[Any, ...]:
        if do == "call":
            return self._call(index, *arguments)
        if do in self.extras:
            return self.extras[do](self, *arguments), [], None
        if do not in ("make", "use", "set", "get", "seed", "operate", "iterate", "define"):
            raise NotImplementedError(f"this subject cannot perform the step {do!r}")
        return getattr(self, f"_{do}")(*arguments), [], None

    def named(self, name: str) -> Any:
        """Return what the notebook defines as `name`. Raises NameError where it does not."""
        try:
            return self.namespace[name]
        except KeyError:
            raise NameError(UNDEFINED.format(name)) from None

    def resolve(self, value: Any) -> Any:
        """Return `value` with all in it that stands for an object replaced by the object."""
        kind = type(value)
        if kind is Ref:
            return self.objects[value.name]
        if kind is list:
            return [self.resolve(item) for item in value]
        if kind is dict:
            return {self.resolve(key): self.resolve(item) for key, item in value.items()}
        if kind is tuple:
            return tuple([self.resolve(item) for item in value])
        if kind in PLAIN or (kind is np.ndarray and not value.dtype.hasobject):
            return value
        return made(value, self.look, self.resolve)

    def look(self, name: str) -> Any:
        """Return what the notebook defines under the name of a value's class, None for nothing."""
        return look(self.namespace, name)

    def _make(self, target: str, kind: str, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        self.objects[target] = self.named(kind)(*self.resolve(list(args)), **self.resolve(kwargs))

    def _use(self, target: str, name: str) -> None:
        self.objects[target] = self.named(name)

    def _set(self, target: str, attribute: str, value: Any) -> None:
        setattr(self.objects[target], attribute, self.resolve(value))

    def _get(self, result: str, target: str, attribute: str, _tried: bool = False) -> Any:
        value = self.objects[result] = getattr(self.objects[target], attribute)
        # A later update may change it in place; the answer is what it held at this step.
        return held(value)

    def _operate(self, result: str, name: str, args: Sequence[Any]) -> Any:
        apply = OPERATORS.get(name)
        if apply is None:
            raise NotImplementedError(f"there is no operator {name!r}")
        value = self.objects[result] = apply(*self.resolve(list(args)))
        return held(value)

    def _iterate(self, result: str, target: str, most: int) -> Any:
        items = self.objects[result] = list(itertools.islice(self.objects[target], most))
        return [held(each) for each in items]

    def _define(self, target: str, source: str) -> None:
        made: dict[str, Any] = {"__name__": "given"}
        exec(compile(source, "<given>", "exec"), made)  # noqa: S102 - the instructor's own
        self.objects[target] = made[target]

    def _seed(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.manual_seed(seed)

    def _call(
        self,
        index: int,
        result: str,
        target: str,
        method: str,
        args: Sequence[Any],
        counted: bool,
        kwargs: Mapping[str, Any] = MappingProxyType({}),
        heard: bool = False,
        _tried: bool = False,
    ) -> tuple[Any, ...]:
        function = self.objects[target] if target in self.objects else self.named(target)
        function = getattr(function, method) if method else function
        args, kwargs = self.resolve(list(args)), self.resolve(dict(kwargs))
        for position, arg in enumerate(args):
            before = _kept(arg)
            if before is not None:
                self._handed.append((index, position, arg, before))
        work, noise = None, Noise()
        with noise if heard else contextlib.nullcontext():
            if counted:
                value, work = count_work(partial(function, **kwargs) if kwargs else function, args)
            else:
                value = function(*args, **kwargs)
        self.objects[result] = value
        # A layer may hand out its own buffer and write to it later.
        return held(value), self._changed(), work, *([noise.plain()] if heard else [])

    def _changed(self) -> list[list[int]]:
        """Return the step and the position of each argument that is not as it was handed out."""
        changed = [
            [step, position]
            for step, position, array, before in self._handed
            if _kept(array) != before
        ]
        self._handed = [each for each in self._handed if list(each[:2]) not in changed]
        return changed


def _kept(argument: Any) -> Any:
    """Return what an array, a tensor or a table holds, to be compared; None for anything else."""
    if isinstance(argument, np.ndarray):
        return argument.tobytes()
    for library, names in _CHANGEABLE.items():
        kinds = [looking.loaded(library, name) for name in names]
        if looking.ABSENT not in kinds and issubclass(type(argument), tuple(kinds)):
            told = held(argument)
            return told.array.tobytes() if isinstance(told, Tensor) else told
    return None


# What else a call may change in place, of libraries that the notebook has imported.
_CHANGEABLE: Final = {"torch": ("Tensor",), "pandas": ("DataFrame", "Series")}


def _require_known(value: Any) -> None:
    """Raise ModuleNotFoundError where an answer is not known without a missing module."""
    module = placeholders.inside(value) if placeholders.any_made() else None
    if module is not None:
        raise placeholders.absent(module)


def _is_tried(do: str, arguments: Sequence[Any]) -> bool:
    """Whether a step says, behind its other arguments, that what it raises ends nothing."""
    place = _TRIED.get(do, len(arguments))
    return len(arguments) > place and bool(arguments[place])


_TRIED: Final = {"call": 7, "get": 3}


def _raised(error: BaseException) -> Outcome:
    line = _line(error.__traceback__)
    module = blamed(error)
    if module is not None:
        error = placeholders.absent(module)
    name, message = _text(lambda: type(error).__name__), _text(lambda: str(error))
    return ["raised", name[:200], message[:2000], line, *instead(error)]


def _text(read: Callable[[], str]) -> str:
    """Return what `read` does as plain text: it runs the student's code and may raise anything."""
    try:
        return str.__str__(read())
    except BaseException:  # noqa: BLE001
        return ""


def _line(trace: TracebackType | None) -> str:
    """Return the source line, of the student's own, in which an exception arose."""
    for frame in reversed(traceback.extract_tb(trace)):
        if Path(frame.filename).parent == _HERE:
            return ""
        if not any(part in frame.filename for part in _LIBRARIES):
            text = frame.line or linecache.getline(frame.filename, frame.lineno or 0)
            return text.strip()[:300]
    return ""
