"""Recorded answers as a subject: of the reference or of a mistake, in a student's repository."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.agent.wire import encode
from grader.scenario import Outcome, Scenario, Transcript
from grader.verdicts import AfterSubmission

# Other machines compute the inputs of a case a few units in the last place apart (of numpy's `exp`
# in float64, with other vector instructions). So many binary digits are far from that, and far
# from what tells two questions apart.
_BITS: Final = 24
_DIGEST_BYTES: Final = 8


def lasting_key(scenario: Scenario) -> str:
    """Name a scenario by its contents as `Scenario.key` does, but for rounding.

    Where inputs are computed in float64, another machine finds the same name.
    """
    return hashlib.blake2b(encode(_rounded(scenario.plain)), digest_size=_DIGEST_BYTES).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_rounded, value))
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, float):
        return float(_short(np.float64(value)))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        short = _short(value.astype(np.float64, order="K")).astype(value.dtype, order="K")
        short.flags.writeable = value.flags.writeable
        return short
    return value


def _short(numbers: Any) -> Any:
    """Return numbers rounded to the nearest of `_BITS` binary digits; zeros have no sign."""
    fractions, exponents = np.frexp(numbers)
    return np.ldexp(np.rint(np.ldexp(fractions, _BITS)), exponents - _BITS) + 0.0


class Places:
    """Where the answers to scenarios are, by the keys that `name` gives them."""

    def __init__(self, keys: Sequence[str], name: Callable[[Scenario], str]) -> None:
        self._places: Mapping[str, int] = {key: place for place, key in enumerate(keys)}
        self._name = name
        self._found: dict[str, int | None] = {}

    def of(self, scenario: Scenario) -> int | None:
        """Return the place of a scenario's answer, None where none was recorded."""
        if scenario.key not in self._found:
            self._found[scenario.key] = self._places.get(self._name(scenario))
        return self._found[scenario.key]


class Published:
    """Answers the scenarios that `places` knows.

    The transcript at a place consists of the outcomes in `table` that `indices` lists from
    `starts[place]` to `starts[place + 1]`.
    """

    def __init__(
        self,
        places: Places,
        starts: np.ndarray,
        indices: np.ndarray,
        table: Sequence[Outcome],
    ) -> None:
        self._places = places
        self._starts = starts
        self._indices = indices
        self._table = table

    def answer(self, scenario: Scenario) -> Transcript:
        """Return the transcript of `scenario`. Raises AfterSubmission where none was recorded."""
        place = self._places.of(scenario)
        if place is None or place >= len(self._starts) - 1:
            raise AfterSubmission
        indices = self._indices[self._starts[place] : self._starts[place + 1]]
        return Transcript(scenario, tuple(self._table[index] for index in indices))
