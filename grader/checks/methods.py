"""Whose method it is that was called: a class's own, or one that it has from another."""

from collections.abc import Sequence

from grader.i18n import _
from grader.results.evidence import Evidence
from grader.scenario import Get, Make, Operate, Ref, Scenario, Subject, Value
from grader.text import nearest
from grader.verdicts import CheckFailed


def whose(kind: str, method: str, args: Sequence[object] = ()) -> Scenario:
    """Return the question whose the `method` of a `kind` is, made with `args`, and what it has."""
    return Scenario(
        Make("it", kind, args),
        Get("method", "it", method),
        Operate("whose", "qualname", [Ref("method")]),
        Operate("names", "dir", [Ref("it")]),
    )


def require_own(student: Subject, kind: str, method: str, args: Sequence[object] = ()) -> None:
    """Raise CheckFailed where a class has a method only from the one that it is derived from.

    It tells a method whose name is nearly that one. To be asked where the method does nothing of
    what it should: what a class has from another may be right.
    """
    asked = student.answer(whose(kind, method, args))
    told, names = (asked.outcome(each) for each in ("whose", "names"))
    if not (isinstance(told, Value) and isinstance(told.value, str)):
        return
    of, _dot, _method = told.value.rpartition(".")
    if not of or of == kind:
        return
    held = names.value if isinstance(names, Value) and isinstance(names.value, list) else []
    others = [each for each in held if isinstance(each, str) and not each.startswith("_")]
    near = nearest(method, others)
    if near is not None:
        hint = _(
            "There is `{near}` in it. Is that spelt as the one who calls it spells it?", near=near
        )
    else:
        hint = _("Is it indented as the other methods of the class are, and spelt like this?")
    message = _(
        "Your `{kind}` has no `{method}` of its own: it is the one of `{of}` that answers.",
        kind=kind,
        method=method,
        of=of,
    )
    shown = _(
        "print({name})  # expected {numbers}", name=f'"{method}" in vars({kind})', numbers=True
    )
    raise CheckFailed(message, Evidence(cell=shown), hint)
