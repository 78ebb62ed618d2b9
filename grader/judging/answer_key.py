"""What a student's repository holds in place of the solution: a fixed pool of questions, answered.

One compressed file of frames in the format that answers travel in. It holds the cases of each
kind, from small to large, what the reference answers, and what each known mistake answers with
the checks that it fails. Outcomes are kept once, however many subjects share them. Reading it
runs nothing and unpickles nothing.
"""

import hashlib
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from grader import models
from grader.agent.held import held
from grader.agent.values import Named, Tagged, parts, rebuilt
from grader.agent.wire import Limits, WireError, encode, receive
from grader.asking.cases import Case
from grader.assignment.model import Exercise
from grader.errors import AssignmentError
from grader.judging.matching import Known
from grader.results.model import MistakeInfo
from grader.scenario import Outcome, Scenario, Transcript, from_plain
from grader.subjects.recorded import Kept
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
    if type(value).__module__.partition(".")[0] in _LIBRARIES:
        value = held(value)
    if isinstance(value, Tagged | Named):
        return rebuilt(value, map(_rounded, parts(value)))
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


# Of these, objects may stand in a question as they are.
_LIBRARIES: Final = frozenset({"torch", "pandas", "scipy", "PIL"})


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


VERSION: Final = 2
# The first version named scenarios by their exact inputs, so that other machines miss some.
NAMED_BY: Final[Mapping[int, Callable[[Scenario], str]]] = {
    1: lambda scenario: scenario.key,
    VERSION: lasting_key,
}
LIMITS: Final = Limits(json_bytes=2**28, nodes=20_000_000)
# Longer than any honest file becomes when it is unpacked.
MOST_BYTES: Final = 2**28
# Unpacking what is packed at the highest level takes half of it.
MOST_MEMORY: Final = 2**27
_ADVICE: Final = "Get the file anew from where you got the assignment, or update the grader."


@dataclass(frozen=True)
class Spoken:
    """What a subject answered: `lengths` outcomes to each question, found by their `indices`."""

    lengths: Sequence[int]
    indices: Sequence[int]

    @property
    def plain(self) -> list[object]:
        """The same as plain data."""
        return [np.array(self.lengths, np.int32), np.array(self.indices, np.int32)]


@dataclass(frozen=True)
class Mistaken:
    """A known mistake, the ids of the checks that it fails, and what it answered.

    `examples` are the places, among the cases of their kinds, of those that official grading shows
    of it, by the ids of the checks.
    """

    info: MistakeInfo
    fails: Sequence[str]
    spoken: Spoken
    examples: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """The answers for one exercise.

    `keys` are those of the scenarios that the reference was asked; the first `common` of them were
    put to each mistake, too. The reference took at most `seconds` of processor time for one, on
    the machine that recorded it; infinite where nobody has told.
    """

    keys: Sequence[str]
    common: int
    reference: Spoken
    mistakes: Sequence[Mistaken]
    seconds: float = math.inf


@dataclass(frozen=True)
class Publication:
    """The whole file: `cases` are JSON by the name of their kind, `pools` by their exercise."""

    digest: str
    cases: Mapping[str, Sequence[str]]
    pools: Mapping[str, Pool]
    outcomes: Sequence[Any]
    version: int = VERSION
    read: dict[type[Case], tuple[Case, ...]] = field(default_factory=dict)
    places: dict[str, Places] = field(default_factory=dict)

    def packed(self) -> bytes:
        """Return the file's bytes."""
        head = {"version": self.version, "digest": self.digest, "cases": dict(self.cases)}
        pools = [
            [
                exercise,
                list(pool.keys),
                pool.common,
                pool.reference.plain,
                [
                    [
                        *_told(each.info),
                        list(each.fails),
                        *each.spoken.plain,
                        dict(each.examples),
                    ]
                    for each in pool.mistakes
                ],
                pool.seconds,
            ]
            for exercise, pool in self.pools.items()
        ]
        frames = [encode(part, LIMITS) for part in (head, list(self.outcomes), pools)]
        import lzma  # noqa: PLC0415 - no browser packs

        return lzma.compress(b"".join(frames), preset=9)

    @cached_property
    def table(self) -> Sequence[Outcome]:
        """All outcomes. Raises WireError where one is none."""
        return [from_plain(each) for each in self.outcomes]

    def drawn(self, kind: type[Case], _seed: int) -> tuple[Case, ...]:
        """Return the cases of `kind`, from small to large. Raises AssignmentError for none."""
        kept = self.cases.get(kind_name(kind))
        if kept is None:
            raise AssignmentError(f"No questions of the kind {kind_name(kind)} were released.")
        # Cases build their arrays once: all checks share them.
        if kind not in self.read:
            try:
                self.read[kind] = tuple(models.loads(kind, each) for each in kept)
            except (ValueError, TypeError, RecursionError) as error:
                raise AssignmentError(
                    f"The released questions of the kind {kind_name(kind)} are not such ({error}). "
                    f"{_ADVICE}"
                ) from error
        return self.read[kind]

    def reference(self, exercise: str) -> Published:
        """Return the reference, as far as it was asked about the exercise with this id."""
        return self._subject(exercise, self._pool(exercise).reference)

    def seconds(self, exercise: str) -> float:
        """Return the seconds that no answer of the reference takes to questions of an exercise."""
        return self._pool(exercise).seconds

    def known(self, exercise: str) -> list[Known]:
        """Return the known mistakes of the exercise with this id."""
        return [self._known(exercise, each) for each in self._pool(exercise).mistakes]

    def asked(self, exercise: str, scenarios: Iterable[Scenario]) -> list[Scenario]:
        """Return those of `scenarios` that the known mistakes of an exercise were asked."""
        common, places = self._pool(exercise).common, self._places(exercise)
        found = ((scenario, places.of(scenario)) for scenario in scenarios)
        return [scenario for scenario, place in found if place is not None and place < common]

    def _known(self, exercise: str, each: Mistaken) -> Known:
        return Known(
            each.info,
            lambda: self._subject(exercise, each.spoken),
            lambda: frozenset(each.fails),
            lambda about: self._examples(about, each),
        )

    def _examples(self, exercise: Exercise, each: Mistaken) -> Mapping[str, Case]:
        shown = (check for check in exercise.checks if check.id in each.examples)
        cases = {check.id: self.drawn(check.case, 0) for check in shown if check.case is not None}
        places = {name: each.examples[name] for name in cases}
        return {
            name: cases[name][place]
            for name, place in places.items()
            if 0 <= place < len(cases[name])
        }

    def _places(self, exercise: str) -> Places:
        if exercise not in self.places:
            keys, name = self._pool(exercise).keys, NAMED_BY[self.version]
            self.places[exercise] = Places(keys, name)
        return self.places[exercise]

    def _pool(self, exercise: str) -> Pool:
        return self.pools.get(exercise, Pool((), 0, Spoken((), ()), ()))

    def _subject(self, exercise: str, spoken: Spoken) -> Published:
        starts = np.concatenate([[0], np.cumsum(np.asarray(spoken.lengths, np.int64))])
        places = self._places(exercise)
        return Published(places, starts, np.asarray(spoken.indices), self.table)


def kind_name(kind: type[Case]) -> str:
    """Return what a kind of cases is called, wherever its assignment lies."""
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__qualname__}"


def publication(path: Path) -> Publication:
    """Return the publication in the file at `path`, read once as long as it stays as it is.

    Raises AssignmentError where it cannot be read.
    """
    try:
        return _publication(path, path.stat().st_mtime_ns)
    except Exception as error:  # a file may hold anything
        raise AssignmentError(
            f"{path} holds no recorded answers that this version of the grader can read "
            f"({error}). {_ADVICE}"
        ) from error


def repacked(content: bytes) -> bytes:
    """Return a file's bytes as a browser reads them, whose Python may have no LZMA.

    Raises WireError where they are none.
    """
    return zlib.compress(_unpacked(content), 9)


# What begins a stream of zlib's at its highest level (RFC 1950), and no LZMA file.
_ZLIB: Final = b"\x78\xda"


def _unpacked(content: bytes) -> bytes:
    """Return the frames in a file's bytes. Raises WireError."""
    if content.startswith(_ZLIB):
        inflating = zlib.decompressobj()
        try:
            frames = inflating.decompress(content, MOST_BYTES)
        except zlib.error as error:
            raise WireError(str(error)) from error
        whole = inflating.eof
    else:
        import lzma  # noqa: PLC0415 - a browser may have none

        unpacker = lzma.LZMADecompressor(memlimit=MOST_MEMORY)
        try:
            frames = unpacker.decompress(content, MOST_BYTES)
        except lzma.LZMAError as error:
            raise WireError(str(error)) from error
        whole = unpacker.eof
    if not whole:
        raise WireError("it is cut short, or far too long")
    return frames


@cache
def _publication(path: Path, _changed: int) -> Publication:
    content = _unpacked(path.read_bytes())
    stream = Kept(content)
    head = receive(stream, LIMITS)
    if head["version"] not in NAMED_BY:
        raise WireError(f"it has the version {head['version']}")
    outcomes, pools = receive(stream, LIMITS), receive(stream, LIMITS)
    _require(isinstance(head["cases"], dict) and isinstance(outcomes, list))
    _require(all(map(_are_texts, head["cases"].values())))
    told = dict(_pool(each, len(outcomes)) for each in pools)
    read = Publication(head["digest"], head["cases"], told, outcomes, head["version"])
    # What is no outcome is found here, not where it is judged by.
    _require(len(read.table) == len(outcomes))
    return read


def _require(sound: bool) -> None:
    if not sound:
        raise WireError("its parts do not fit each other")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _pool(kept: Any, outcomes: int) -> tuple[str, Pool]:
    # The first releases knew no seconds.
    exercise, keys, common, spoken, mistakes, *seconds = kept
    _require(len(seconds) <= 1)
    _require(isinstance(exercise, str) and _are_texts(keys) and type(common) is int)
    _require(0 <= common <= len(keys))
    told = [_mistaken(each, common, outcomes) for each in mistakes]
    _require(all(isinstance(each, float) and 0 <= each < math.inf for each in seconds))
    return exercise, Pool(keys, common, _spoken(spoken, len(keys), outcomes), told, *seconds)


def _spoken(kept: Any, questions: int, outcomes: int) -> Spoken:
    lengths, indices = kept
    for array in (lengths, indices):
        _require(isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype == np.int32)
    _require(len(lengths) == questions and bool((lengths >= 0).all()))
    _require(int(lengths.sum(dtype=np.int64)) == len(indices))
    _require(bool(((indices >= 0) & (indices < outcomes)).all()))
    return Spoken(lengths, indices)


def _told(info: MistakeInfo) -> list[object]:
    return [info.name, info.explanation, info.hint]


def _mistaken(kept: Any, questions: int, outcomes: int) -> Mistaken:
    # The first version knew no examples.
    name, explanation, hint, fails, lengths, indices, *examples = kept
    _require(_are_texts(fails))
    for known in examples:
        _require(isinstance(known, dict) and all(type(each) is int for each in known.values()))
    info = MistakeInfo(name=name, explanation=explanation, hint=hint)
    return Mistaken(info, fails, _spoken((lengths, indices), questions, outcomes), *examples)
