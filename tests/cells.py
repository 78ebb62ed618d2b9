"""Running the cells that stand under failed checks."""

import ast
import contextlib
import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.results.model import CheckResult


@dataclass(frozen=True)
class Shown:
    """What a cell came to: the value that it printed last, all that it printed, what it raised."""

    value: Any
    printed: str
    raised: str


def shown(source: str, namespace: dict[str, Any]) -> Shown:
    """Return what a cell shows below the code of `namespace`."""
    values: list[Any] = [None]
    out = io.StringIO()

    def note(*given: Any) -> None:
        values.append(given[0])
        out.write(" ".join(map(str, given)) + "\n")

    raised = ""
    with contextlib.redirect_stdout(out), np.errstate(all="ignore"):
        try:
            exec(source, namespace | {"print": note})  # noqa: S102 - ours
        except Exception as error:  # noqa: BLE001 - whatever the wrong solution raises
            raised = type(error).__name__
    return Shown(values[-1], out.getvalue(), raised)


def fits(source: str, came: Shown, namespace: dict[str, Any]) -> bool:
    """Whether what a cell shows is what stands beside it as expected."""
    last = source.splitlines()[-1]
    if "# expected to print:" in source:
        _, _, told = source.partition("# expected to print:")
        lines = [line.removeprefix("#").strip() for line in told.splitlines() if line.strip()]
        return [line.strip() for line in came.printed.splitlines()] == lines
    wanted = last.partition("  # expected")[2].removeprefix(" ")
    if wanted == "no error":
        return not came.raised
    if wanted.startswith(": "):
        known = dict(namespace)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, known)  # noqa: S102 - ours
        return bool(eval(wanted.removeprefix(": "), known))  # noqa: S307 - ours
    if re.fullmatch(r"[A-Z]\w+", wanted) and not last.startswith("print("):
        return came.raised == wanted
    if came.raised:
        return False
    if wanted == "an array":
        return isinstance(came.value, np.ndarray)
    if last.startswith("print(type("):
        return str(came.value) == wanted
    expected = eval(wanted, {"np": np})  # noqa: S307 - ours
    return _equal(came.value, expected)


def _in_words(source: str) -> bool:
    """Whether what is expected is told in words: "about 0.01"."""
    return bool(re.search(r"# expected [a-z]+ \d", source))


def _equal(got: Any, expected: Any) -> bool:
    try:
        one, other = np.asarray(got, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return bool(got == expected)
    if one.shape != other.shape:
        return False
    # What is printed has six digits, and solutions may compute in float32.
    return np.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)


def require_right(check: CheckResult, right: dict[str, Any], wrong: dict[str, Any]) -> bool:
    """Require that a check's cell tells the two apart; return whether it has one."""
    source = check.evidence.cell if check.evidence is not None else None
    if source is None or "timeit" in source:
        return False
    ast.parse(source)
    if "# expected" not in source or _in_words(source):
        assert not shown(source, dict(right)).raised, source
        return True
    assert fits(source, shown(source, dict(right)), right), source
    assert not fits(source, shown(source, dict(wrong)), wrong), source
    return True
