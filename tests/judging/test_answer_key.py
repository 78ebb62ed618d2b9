"""Recorded answers are read or refused, whatever the file holds."""

import lzma
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.agent.wire import WireError, encode
from grader.asking.cases import Case
from grader.errors import AssignmentError
from grader.judging.answer_key import (
    LIMITS,
    Mistaken,
    Pool,
    Publication,
    Spoken,
    kind_name,
    publication,
)
from grader.results.model import MistakeInfo
from grader.verdicts import AfterSubmission


@dataclass(frozen=True)
class Number(Case):
    """A number to ask about."""

    n: int


INFO = MistakeInfo(name="n", explanation="e", hint="h")
WHOLE = Publication(
    "d",
    {kind_name(Number): ['{"n": 1}']},
    {
        "e": Pool(
            ("k", "l"),
            1,
            Spoken([1, 2], [0, 1, 2]),
            [Mistaken(INFO, ["c"], Spoken([1], [2]))],
            0.25,
        )
    },
    [["value", 1.0, [], None], ["raised", "E", "m", "x = 1"], ["stopped", "s"]],
    1,
)
PARTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["value", "raised", "stopped", "e", "k", "version", "cases", "digest", ""])
    | st.lists(st.integers(-2, 3), max_size=3).map(lambda each: np.array(each, np.int32)),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["version", "cases", "digest", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the file is written."""
    return tmp_path_factory.mktemp("published") / "answers.bin"


def use(path: Path, content: bytes) -> None:
    """Read the file, and ask for all that is in it. Raises AssignmentError and nothing else."""
    path.write_bytes(content)
    # Each is another file to whoever reads it.
    use.time += 10**9  # type: ignore[attr-defined]
    os.utime(path, ns=(use.time, use.time))  # type: ignore[attr-defined]
    read = publication(path)
    with suppress(AssignmentError):
        read.drawn(Number, 0)
    for exercise in ("e", *read.pools):
        known = read.known(exercise)
        for subject in (read.reference(exercise), *(each.subject() for each in known)):
            for key in ("k", "l"):
                asked: Any = SimpleNamespace(key=key)
                with suppress(AfterSubmission):
                    subject.answer(asked)
        assert all(isinstance(each, str) for one in known for each in one.fails())


use.time = 10**9  # type: ignore[attr-defined]


def test_a_whole_file_is_read(path: Path) -> None:
    """The test below could fail: what is changed there is sound before."""
    use(path, WHOLE.packed())


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=3)), min_size=1, max_size=4))
def test_a_file_with_other_bytes_is_read_or_refused(
    path: Path, changes: list[tuple[int, bytes]]
) -> None:
    """Nothing but a sentence comes of it, when it is opened and when it is asked."""
    content = bytearray(lzma.decompress(WHOLE.packed()))
    for place, new in changes:
        at = place % len(content)
        content[at : at + len(new)] = new
    with suppress(AssignmentError):
        use(path, lzma.compress(bytes(content)))


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(PARTS, PARTS, PARTS, st.integers(0, 7))
def test_a_file_of_other_parts_is_read_or_refused(
    path: Path, head: Any, outcomes: Any, pools: Any, own: int
) -> None:
    """Well-formed frames of anything are no exception."""
    told = {"version": 1, "digest": "d", "cases": {kind_name(Number): ['{"n": 1}', "["]}}
    right = ([["e", ["k"], 0, [np.array([1], np.int32), np.array([5], np.int32)], []]],)
    parts = (told if own & 1 else head, WHOLE.outcomes if own & 2 else outcomes)
    try:
        frames = [encode(part, LIMITS) for part in (*parts, right[0] if own & 4 else pools)]
    except WireError:
        return
    with suppress(AssignmentError):
        use(path, lzma.compress(b"".join(frames)))


@pytest.mark.parametrize("content", [b"", b"no", lzma.compress(b"")[:20], b"\xfd7zXZ\0" * 9])
def test_what_is_no_such_file_is_refused(path: Path, content: bytes) -> None:
    """The sentence names the file and says what to do."""
    with pytest.raises(AssignmentError, match=r"answers\.bin holds no recorded answers"):
        use(path, content)
