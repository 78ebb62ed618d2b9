"""Every answer that was readable can be kept: a hostile one must not cost a course its result."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.agent.wire import ANSWER_LIMITS, Limits, decode, encode
from grader.checks.plots.drawings import _identity
from grader.execution.plan import Plan
from grader.execution.recording import Packed, packed, record, unpacked
from grader.execution.run import Run
from grader.execution.submission import Submission
from grader.notebook.reading import read
from grader.scenario import Call, Scenario, Transcript, Value
from tests.grading import nn_from_scratch
from tests.notebooks import submission


def nested(depth: int) -> list[Any]:
    """Return lists in lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


# As large as the frame of an answer may be, or nearly. What is written anew may be larger.
HARD: dict[str, object] = {
    "as deep as may be": nested(ANSWER_LIMITS.depth - 2),
    "as many as may be": [0] * (ANSWER_LIMITS.nodes - 10),
    "a long text": "\u00e9" * (ANSWER_LIMITS.json_bytes // 2 - 100),
}


class Answerer:
    """Answers everything with one value."""

    received = 0

    def __init__(self, value: object) -> None:
        self.value = value

    def ask(self, scenarios: Any, **_terms: Any) -> Any:
        for scenario in scenarios:
            yield Transcript(scenario, (Value(self.value),))

    def reset(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize("value", HARD.values(), ids=HARD.keys())
def test_what_was_answered_is_kept(tmp_path: Path, value: object) -> None:
    """An answer at the limits of what can be answered comes back from a recording."""
    notebook = read(submission(tmp_path))
    cells = tuple(replace(cell, count=cell.index + 1) for cell in notebook.cells)
    notebook = replace(notebook, cells=cells, metadata={"deep": nested(100)})
    run = Run(notebook, Plan(cells=()), snapshots={-1: Answerer(value)})
    record(run)
    asked = Scenario(Call("y", "f"))
    list(run.snapshots[-1].ask([asked], seconds=1))
    whole = Submission(notebook, None, run, nn_from_scratch(), {})  # type: ignore[arg-type]
    kept = unpacked(packed(whole, sandbox="none", versions={}), tmp_path)
    (transcript,) = kept.run.snapshots[-1].ask([asked], seconds=1)
    assert transcript.outcomes == (Value(value),)
    assert kept.notebook.metadata == notebook.metadata
    assert [cell.name for cell in kept.notebook.cells] == [cell.name for cell in notebook.cells]


def as_one_stream(content: bytes) -> bytes:
    """Return a recording as it was written before its answers were streams of their own."""
    rest, streams = content[content.index(b"\n") + 1 + 8 :], []
    while rest:
        inflater = zlib.decompressobj()
        streams.append(inflater.decompress(rest))
        rest = inflater.unused_data
    return zlib.compress(b"".join(streams[1:]).replace(b'"version",3', b'"version",2', 1))


def test_a_recording_of_the_former_form_is_read(tmp_path: Path) -> None:
    """Its notebook and its answers are the same."""
    notebook = read(submission(tmp_path))
    run = Run(notebook, Plan(cells=()), snapshots={-1: Answerer([1, 2])})
    record(run)
    asked = [Scenario(Call("y", name)) for name in ("f", "g")]
    list(run.snapshots[-1].ask(asked, seconds=1))
    whole = Submission(notebook, None, run, nn_from_scratch(), {})  # type: ignore[arg-type]
    content = as_one_stream(packed(whole, sandbox="none", versions={}))
    kept = unpacked(content, tmp_path)
    answered = kept.run.snapshots[-1].ask(asked, seconds=1)
    assert [each.outcomes for each in answered] == [(Value([1, 2]),)] * 2
    assert kept.notebook.sha256 == notebook.sha256
    assert Packed(content, tmp_path).opened().notebook == kept.notebook


def test_a_figure_with_long_texts_can_be_told_from_others() -> None:
    """A description that fits an answer is compared, whatever its length becomes."""
    text = "\u00e9" * (ANSWER_LIMITS.json_bytes // 3)
    body = f'["d","title","{text}"]'.encode()
    frame = len(body).to_bytes(4, "big") + bytes(8) + body
    figure = decode(frame, ANSWER_LIMITS)
    assert _identity(figure)
    assert encode(figure, Limits(json_bytes=2**30))
