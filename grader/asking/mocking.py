"""A function that a check hands to the notebook's code, and that keeps how it was called.

It is defined where that code runs, and does nothing there but keep its arguments and answer. How
it was called is asked of it as data: what should have been is known here alone, and compared here.
"""

from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import Mock

from grader.asking.inside import WRITABLE, Inside, library_path
from grader.asking.standin import Code, Question, fetch, question_of
from grader.errors import AssignmentError
from grader.scenario import Get

_KEEPING: Final = """
{answer}
def {name}(*args, **kwargs):
    {name}.calls.append([list(args), kwargs])
    return _answer(*args, **kwargs)

{name}.calls = []
"""

_TOLD: Final = frozenset({"called", "call_count", "call_args", "call_args_list", "mock_calls"})


@dataclass(frozen=True, eq=False)
class Mocked(Inside):
    """A function that keeps how it was called, and tells as `unittest.mock.Mock` does."""

    question: Question
    answer: str

    def defining(self, name: str) -> str:
        """Return source that defines the function as `name`."""
        return _KEEPING.format(name=name, answer=self.answer)

    def __getattr__(self, name: str) -> Any:
        """Return what a `Mock` has under a name that was called as this function was."""
        if not name.startswith("assert_") and name not in _TOLD:
            raise AttributeError(f"of a function that is mocked, `{name}` is not known")
        target = self.question.defined(self)
        calls = self.question.add(lambda result: Get(result, target, "calls"), "calls")
        told = Mock(name=self.name)
        for args, kwargs in fetch(calls):
            told(*args, **kwargs)
        return getattr(told, name)


def mocked(
    code: Code, *, return_value: Any = None, side_effect: Any = None, name: str = "mock"
) -> Any:
    """Return a function to hand to the notebook's code, which keeps how it is called.

    It answers with `return_value`, a number, a text or None. A `side_effect` is called instead, a
    function of the check's; a list of such values is what it answers, one a call, and a class of
    exceptions is raised. What it tells is what a `Mock` of unittest's does: `call_count`,
    `call_args_list`, `assert_called_once_with(3)`. Raises AssignmentError for another answer.
    """
    answer = _answer(return_value, side_effect)
    return Mocked(name, lambda *_args, **_kwargs: return_value, "", dict, question_of(code), answer)


def _answer(value: Any, effect: Any) -> str:
    """Return source that defines what is answered."""
    if isinstance(effect, Inside):
        return effect.defining("_answer")
    if isinstance(effect, type) and issubclass(effect, Exception):
        module, _dot, kind = (library_path(effect) or "").rpartition(".")
        if module:
            return f"from {module} import {kind}\ndef _answer(*args, **kwargs):\n    raise {kind}"
    if isinstance(effect, list | tuple):
        _require_writable(effect)
        return (
            f"_answers = iter({list(effect)!r})\n"
            "def _answer(*args, **kwargs):\n    return next(_answers)"
        )
    _require_writable([value, effect])
    if effect is not None:
        raise AssignmentError(f"A function that is `mocked` cannot have {effect!r} for an effect.")
    return f"def _answer(*args, **kwargs):\n    return {value!r}"


def _require_writable(values: Any) -> None:
    for each in values:
        if not isinstance(each, WRITABLE):
            raise AssignmentError(
                f"A function that is `mocked` cannot answer a {type(each).__name__}: let it be a "
                "number, a text or None, a list of such for `side_effect`, or a function there."
            )
