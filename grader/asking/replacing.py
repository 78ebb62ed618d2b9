"""What a check takes from the notebook's code, or gives it another of, while it is called.

`with replaced(code, "squares"):` asks how the code does where nothing is called `squares`. The
condition is made where the code runs, for each call within by itself, and undone after it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from grader.asking.inside import WRITABLE, Inside
from grader.asking.mocking import Mocked
from grader.asking.standin import Code, question_of
from grader.errors import AssignmentError
from grader.scenario import Define, Get

_GONE: Final = object()
_CALLING: Final = '''
import importlib

def _seen(called, name):
    """Return the globals of what is called, None where it does not see the name."""
    methods = [getattr(each, kind, None) for each in (called, type(called))
               for kind in ("__wrapped__", "__init__", "__call__")]
    for each in (called, *methods):
        found = getattr(each, "__globals__", {{}})
        if name in found:
            return found

def _part(module):
    """Return what a library has under a path."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ImportError(f"there is no {{module}}")

def {name}(function, method, *args, **kwargs):
    called = getattr(function, method) if method else function
    inner, rest = called, args
    while hasattr(inner, "__conditions__"):
        inner, method, *rest = rest
        inner = getattr(inner, method) if method else inner
    module, dot, attribute = {path!r}.rpartition(".")
    owner = _part(module) if dot else _seen(inner, attribute)
    if owner is None:
        return called(*args, **kwargs)
    is_dict = type(owner) is dict
    former = owner[attribute] if is_dict else getattr(owner, attribute)
    if {gone!r}:
        owner.pop(attribute) if is_dict else delattr(owner, attribute)
    elif is_dict:
        owner[attribute] = _value
    else:
        setattr(owner, attribute, _value)
    try:
        return called(*args, **kwargs)
    finally:
        if is_dict:
            owner[attribute] = former
        else:
            setattr(owner, attribute, former)

{name}.__conditions__ = True
'''


@contextmanager
def replaced(
    code: Code, path: str, value: Any = _GONE, *, answers: Sequence[Any] | None = None
) -> Iterator[Any]:
    """Let what is called within find `value` in place of what `path` names, or nothing there.

    `path` is a name of the notebook's ("squares"), or one of a library's ("numpy.linalg.inv",
    "builtins.input"). `value` is a function of the check's, a number, a text or None; `answers` are
    what it returns instead, one a call. What is `mocked` tells how it was called in that place. The
    notebook's process does it for each call, and puts back what was there. Gives `value`, None
    where there is none. Raises AssignmentError for another value, or a function that is `mocked`
    and was handed to the notebook's code before.
    """
    question = question_of(code)
    last = path.rpartition(".")[2]
    name = question.free(f"without_{last}" if value is _GONE and answers is None else f"own_{last}")
    source = _CALLING.format(
        name=name, path=path, gone=value is _GONE and answers is None
    ) + _value(name, value, answers)
    question.do(Define(name, source))
    if isinstance(value, Mocked):
        question.holds(value, question.add(lambda result: Get(result, name, "value"), value.name))
    question.conditions.append(name)
    try:
        yield None if value is _GONE else value
    finally:
        question.conditions.remove(name)


def _value(name: str, value: Any, answers: Sequence[Any] | None) -> str:
    """Return source that defines the value, which the condition `name` has."""
    if answers is not None:
        _require_writable(answers)
        return (
            f"\n_answers = iter({list(answers)!r})\n"
            "def _value(*args, **kwargs):\n    return next(_answers)\n"
        )
    if value is _GONE:
        return ""
    if isinstance(value, Inside):
        return f"\n{value.defining('_value')}\n{name}.value = _value\n"
    _require_writable([value])
    return f"\n_value = {value!r}\n"


def _require_writable(values: Sequence[Any]) -> None:
    for each in values:
        if not isinstance(each, WRITABLE):
            raise AssignmentError(
                f"A check replaces something by a {type(each).__name__}: let it be a function of "
                "the check's, a number, a text or None."
            )
