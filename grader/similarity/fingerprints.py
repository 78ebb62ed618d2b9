"""What the codes of a class have in common, by copydetect: winnowing over tokens.

Names of variables are one token each, and comments none: renaming, reformatting and another order
of functions hide nothing. https://theory.stanford.edu/~aiken/publications/papers/sigmod03.pdf

copydetect tokenises, hashes and compares. What its `CodeFingerprint` does with boilerplate is done
here: of fingerprints that a file holds more than once, it takes all but one for boilerplate, be
they any or not.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from grader.extras import importing

if TYPE_CHECKING:
    from concurrent.futures import Future

# Characters of tokenised code in a row that count as something in common: some two statements.
LENGTH: Final = 30
# All of them are kept, none is left to chance: Python's hashes of text differ from call to call,
# and with them which ones a wider window would choose.
WINDOW: Final = 1
# How long one text may be with the lexer.
SECONDS: Final = 30.0
# In so large a class, what more than half of it shares is nobody's own.
CLASS: Final = 6
# Pairs are looked at closely that have this share of one's fingerprints in common, so many at most.
# Half of a code that another has in pieces of three statements is a sixth of its fingerprints.
LIKELY: Final = 0.15
MOST_CLOSELY: Final = 1_000
# So many of each two students, who may have handed in several notebooks each.
MOST_OF_TWO: Final = 4
# Characters of tokenised code whose fingerprints are in memory at a time: each takes 400 bytes.
MOST_KEPT: Final = 1_000_000
# Columns of the matrix of who has which fingerprint that are in memory at a time.
_BLOCK: Final = 4_096

Hashes = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tokens:
    """A code as it is compared.

    `text` has a letter for each name, and neither comments nor space between tokens. `places` are
    the indices in the code of its characters.
    """

    text: str
    places: Places


@dataclass(frozen=True)
class Region:
    """Lines of one code that stand in another, both ends included, the first of a code being 1.

    `other` is the line there at which what they begin with begins.
    """

    first: int
    last: int
    other: int


@dataclass(frozen=True)
class Common:
    """What two codes have in common.

    `shares` are the parts, from 0 to 1, of what each has of its own. `tokens` counts characters of
    tokenised code in the first.
    """

    shares: tuple[float, float]
    tokens: int
    regions: tuple[tuple[Region, ...], tuple[Region, ...]]

    @property
    def lines(self) -> tuple[int, int]:
        """How many lines of each."""
        one, other = self.regions
        return _lines(one), _lines(other)


def _lines(regions: Sequence[Region]) -> int:
    return len({line for each in regions for line in range(each.first, each.last + 1)})


def copydetect() -> Any:
    """Return the library. Raises UsageError where it is not installed."""
    with importing("similar", "`grader similar` needs"):
        # It imports matplotlib, which takes a second.
        import copydetect as library  # noqa: PLC0415

    return library


def tokenised(code: str) -> Tokens:
    """Return a code as it is compared."""
    text, offsets = copydetect().utils.filter_code(code, "code.py", "python")
    if not len(offsets):
        return Tokens(text, np.arange(len(text)))
    # Of a class's name, copydetect tells how long it is in place of what was left out before it.
    left_out = np.maximum.accumulate(offsets[:, 1])
    indices = np.arange(len(text))
    entry = np.minimum(np.searchsorted(offsets[:, 0], indices), len(offsets) - 1)
    return Tokens(text, indices + left_out[entry])


def all_tokenised(
    codes: Sequence[str], workers: int, seconds: float = SECONDS
) -> Iterator[Tokens | None]:
    """Yield each code as it is compared, None where that took longer than may be.

    Where a lexer hangs on what a student wrote, only that is lost.
    """
    from pebble import ProcessPool  # noqa: PLC0415 - `grader --help` does without

    from grader.course.workers.processes import context  # noqa: PLC0415

    copydetect()
    with ProcessPool(workers, context=context()) as pool:
        futures = [pool.schedule(tokenised, args=(code,), timeout=seconds) for code in codes]
        yield from map(_outcome, futures)


def _outcome(future: "Future[Tokens]") -> Tokens | None:
    from pebble import ProcessExpired  # noqa: PLC0415

    try:
        return future.result()
    except (TimeoutError, ProcessExpired):
        return None


def hashes(tokens: Tokens) -> Hashes:
    """Return the fingerprints of a code, sorted, each once. They hold in this process alone."""
    if len(tokens.text) < LENGTH:
        return np.empty(0, np.int64)
    return np.unique(copydetect().utils.hashed_kgrams(tokens.text, LENGTH).astype(np.int64))


def shared_by_many(by_student: Mapping[str, Sequence[Hashes]]) -> Hashes:
    """Return the fingerprints that more than half of a class has, none where it is too small."""
    if len(by_student) < CLASS:
        return np.empty(0, np.int64)
    every = np.concatenate([np.unique(np.concatenate(each)) for each in by_student.values()])
    found, counts = np.unique(every, return_counts=True)
    return found[2 * counts > len(by_student)]


class Comparison:
    """Compares codes, but for what is `common` to all: fingerprints that nobody has of his own."""

    def __init__(self, codes: Sequence[str], tokens: Sequence[Tokens], common: Hashes) -> None:
        self._codes, self._tokens = codes, tokens
        self._common = common
        self._own = [np.setdiff1d(hashes(each), common, assume_unique=True) for each in tokens]
        self._kept: dict[int, Any] = {}

    def own(self, index: int) -> int:
        """Return how many fingerprints a code has that are not common to all."""
        return len(self._own[index])

    def likely(self, students: Sequence[str], most: int = MOST_CLOSELY) -> list[tuple[int, int]]:
        """Return pairs that may be alike by how many fingerprints they share, the most first.

        `students` tells whose each code is: with himself nobody is a pair, and of each two
        `MOST_OF_TWO` pairs are returned, lest copies of their own leave no room for others'.
        """
        counts = self._counts()
        sizes = np.array([max(1, len(each)) for each in self._own])
        share = np.triu(counts / np.minimum.outer(sizes, sizes), k=1)
        whose = np.unique(np.array(students, dtype=object), return_inverse=True)[1].reshape(-1)
        share[np.equal.outer(whose, whose)] = 0
        order = np.argsort(-share, axis=None, kind="stable")
        chosen: list[tuple[int, int]] = []
        count: Counter[frozenset[int]] = Counter()
        for place in order[: np.count_nonzero(share >= LIKELY)]:
            pair = divmod(int(place), len(sizes))
            two = frozenset(int(whose[each]) for each in pair)
            count[two] += 1
            if count[two] <= MOST_OF_TWO:
                chosen.append(pair)
            if len(chosen) == most:
                break
        return chosen

    def _counts(self) -> npt.NDArray[np.float32]:
        """Return how many fingerprints each two codes have in common."""
        size = len(self._own)
        counts = np.zeros((size, size), np.float32)
        every = np.concatenate([*self._own, np.empty(0, np.int64)])
        whose = np.repeat(np.arange(size), [len(each) for each in self._own])
        found, column, times = np.unique(every, return_inverse=True, return_counts=True)
        shared = np.flatnonzero(times > 1)
        # The columns of what only one has are left out.
        place = np.full(len(found), -1)
        place[shared] = np.arange(len(shared))
        column = place[column]
        order = np.argsort(column, kind="stable")
        column, whose = column[order], whose[order]
        for start in range(0, len(shared), _BLOCK):
            part = slice(*np.searchsorted(column, [start, start + _BLOCK]))
            has = np.zeros((size, _BLOCK), np.float32)
            has[whose[part], column[part] - start] = 1
            counts += has @ has.T
        return counts

    def compared(self, one: int, other: int) -> Common:
        """Return what two codes have in common."""
        first, second = self._fingerprint(one), self._fingerprint(other)
        tokens, shares, slices = copydetect().compare_files(first, second)
        ends = (self._regions(one, other, slices[0]), self._regions(other, one, slices[1]))
        return Common((float(shares[0]), float(shares[1])), int(tokens), ends)

    def _fingerprint(self, index: int) -> Any:
        """Return copydetect's own form of a code; of those used last, so many are kept."""
        made = self._kept.pop(index, None)
        self._kept[index] = self._made(index) if made is None else made
        while sum(len(self._tokens[each].text) for each in self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return self._kept[index]

    def _made(self, index: int) -> Any:
        """Return copydetect's own form of a code, without what is common to all."""
        library, text = copydetect(), self._tokens[index].text
        made = library.CodeFingerprint(
            "code.py", LENGTH, WINDOW, filter=False, fp=io.StringIO(text)
        )
        own = set(self._own[index].tolist())
        made.hashes = made.hashes & own
        made.hash_idx = {each: places for each, places in made.hash_idx.items() if each in own}
        made.token_coverage = library.utils.get_token_coverage(made.hash_idx, LENGTH, len(text))
        return made

    def _regions(self, index: int, other: int, slices: Any) -> tuple[Region, ...]:
        """Return the lines of a code that `slices` of its tokens stand in."""
        if not np.size(slices):
            return ()
        line, theirs = self._line_of(index), self._line_of(other)
        text, made = self._tokens[index].text, self._fingerprint(other)
        found = []
        for start, end in np.asarray(slices, int).T.tolist():
            # Equal texts have equal hashes, in this process.
            place = made.hash_idx[hash(text[start : start + LENGTH])][0]
            found.append(Region(line(start), line(end - 1), theirs(int(place))))
        return tuple(found)

    def _line_of(self, index: int) -> Callable[[int], int]:
        """Return what tells the line of a character of tokenised code."""
        places, code = self._tokens[index].places, self._codes[index]
        return lambda place: code.count("\n", 0, int(places[place])) + 1


def common_to_all(
    handed_out: Iterable[Tokens], by_student: Mapping[str, Sequence[Hashes]]
) -> Hashes:
    """Return the fingerprints of what was handed out, and of what half of a class has."""
    given = [hashes(each) for each in handed_out]
    return np.unique(np.concatenate([*given, shared_by_many(by_student)]))
