"""What a submission sends takes no more of the grader's own memory than is set aside for it.

`benchmarks.memory` measures the grader's peak for the whole of it.
"""

import asyncio
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.agent.wire import HEADER, WireError, decode
from grader.checks.compare import MOST_NUMBERS, array
from grader.checks.plots import drawings, image_match
from grader.datasets import load_images, locate
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.sandbox.jupyter import MOST_VALUES
from grader.sandbox.swelling import Swelling
from grader.scenario import Call, Scenario, Stopped, Transcript, Value
from grader.subjects.recorded import Recorder, Room
from grader.subjects.student import Student, Terms
from grader.verdicts import CheckFailed
from tests.drawing import LITTLE_TRAINING
from tests.grading import nn_from_scratch
from tests.notebooks import FAST_DATA, submission
from tests.sandbox.test_jupyter import started
from tests.serving import Served, call
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, graded_with_limits

MEBIBYTE = 2**20

SHOWS = """
kernel = get_ipython().kernel
def shows(content):
    header = kernel.session.msg_header("display_data")
    parts = [kernel.session.pack(each) for each in (header, kernel.get_parent()["header"], {})]
    parts.append(content)
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", kernel.session.sign(parts), *parts])
"""


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (f"b'{{\"data\": [' + b','.join([b'[]'] * {MOST_VALUES}) + b']}}'", 3 * MOST_VALUES),
        (f"b'{{\"data\": \"' + b'x' * {4 * MEBIBYTE} + b'\"}}'", 4 * MEBIBYTE),
    ],
    ids=["many values", "one long text"],
)
def test_a_message_that_would_take_much_is_not_decoded(
    tmp_path: Path, content: str, size: int
) -> None:
    """It is skipped and counted, what comes after it is heard, and the connection holds."""

    async def heard() -> tuple[list[str], int]:
        async with started(tmp_path) as client:
            client.iopub_channel.most = 3.5 * MEBIBYTE
            await client.wait_for_ready(timeout=60)
            client.execute(f"{SHOWS}\nshows({content})\nprint('after')")
            kinds = []
            while "stream" not in kinds:
                kinds.append((await client.iopub_channel.get_msg(timeout=30))["msg_type"])
            return kinds, client.take_refused()

    kinds, refused = asyncio.run(heard())
    assert "display_data" not in kinds
    assert size <= refused <= size + 10_000


def test_what_is_not_decoded_is_cut_off_at_no_cost(tmp_path: Path) -> None:
    """The cell is told to have printed more than is kept; all that needs other cells is there."""
    bomb = f"{SHOWS}\nshows(b'[' * {5 * MEBIBYTE})"
    result = graded_with_limits(tmp_path, [DOUBLE, bomb, TRIPLE], output_bytes=MEBIBYTE)
    assert {each.id: each.score for each in result.exercises} == FULL
    assert [(note.cell, "cut off" in note.text) for note in result.notes] == [(1, True)]


def test_kept_outputs_count_as_what_they_take(tmp_path: Path) -> None:
    """A wide character makes a text four times as large in memory, however short it prints."""
    wide = "print('\\U0001f600' + 'x' * 1_000_000)"
    narrow = "print('x' * 1_000_000)"
    limits: dict[str, Any] = {
        "output_bytes": 2 * MEBIBYTE,
        "total_output_bytes": 5 * MEBIBYTE,
    }
    cut = []
    for number, text in enumerate((wide, narrow)):
        cells = [DOUBLE, text, text, text, text, TRIPLE]
        result = graded_with_limits(tmp_path / str(number), cells, **limits)
        cut.append([note.cell for note in result.notes])
    assert cut == [[3, 4], []]


def test_a_message_of_too_many_values_is_refused_before_it_is_decoded() -> None:
    """A list without anything in it takes ten times as much memory as it does on the wire."""
    body = b'["l"' + b',["l"]' * 1_000_000 + b"]"
    frame = HEADER.pack(len(body), 0) + body
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="values"):
            decode(frame)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(frame)


NOTEBOOK = f"""
def lists(number):
    return [[] for _ in range(190_000)]

def zeros(number):
    return np.zeros({2**17})
"""


def test_answers_count_as_what_they_take() -> None:
    """Small values take many times what they do on the wire, and there is an end to that too."""
    asked = [Scenario(Call("y", "lists", args=[number])) for number in range(12)]
    with Served(NOTEBOOK) as served:
        student = Student(served.snapshot(), Terms(60))
        found = [type(student.answer(scenario).outcomes[-1]) for scenario in asked]
    assert found == sorted(found, key=[Value, Stopped].index)
    assert 4 < found.count(Value) < len(asked)


def test_a_recording_keeps_the_answers_of_all_states_within_bounds() -> None:
    """What there is no room for is not kept, in whichever state it is asked."""
    room = Room(5 * MEBIBYTE)
    with Served(NOTEBOOK) as served:
        states = [Recorder(served.snapshot(), room) for _ in range(3)]
        for state in states:
            asked = [call("zeros", number) for number in range(3)]
            assert len(list(state.ask(asked, seconds=60))) == 3
    assert [len(state.answers) for state in states] == [3, 1, 0]


def test_an_array_of_more_numbers_than_an_answer_may_have_is_none() -> None:
    """Truth values take eight times their memory as numbers."""
    scenario = call("zeros", 1)
    many = Transcript(scenario, (Value(np.ones(MOST_NUMBERS + 1, bool)),))
    with pytest.raises(CheckFailed, match="more than are looked at"):
        array(many, "y")
    most = Transcript(scenario, (Value(np.ones(MOST_NUMBERS, bool)),))
    assert array(most, "y").sum() == MOST_NUMBERS


def test_figures_of_all_cells_are_kept_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room left, a person looks at what a cell drew, and nothing is lost."""
    draws = """
for image, label in [test_dataset[number] for number in range(4)]:
    plt.figure()
    plt.imshow(image.reshape(28, 28))
"""
    cells = {"data": FAST_DATA, "train-loop": LITTLE_TRAINING}
    path = submission(
        tmp_path, cells, drop=("data-look", "learning-curves", "predictions"), append=(draws,)
    )
    statuses = []
    # Four figures are described in some 30 KB.
    for most in (2**20, 2**14):
        monkeypatch.setattr(drawings, "MOST_BYTES", most)
        result = grade(read(path), nn_from_scratch(), Options(only=("predictions",)))
        statuses.append(result.exercises[0].checks[0].status)
    assert statuses == ["passed", "review"]


def test_many_pictures_are_recognised_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many were drawn, each is found, and only so many are compared at once."""
    located = locate("FashionMNIST")
    images, labels = load_images(located, "test")
    compared: list[int] = []
    most_alike = image_match._most_alike

    def noted(images: np.ndarray, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        compared.append(len(views))
        return most_alike(images, views)

    monkeypatch.setattr(image_match, "_most_alike", noted)
    monkeypatch.setattr(image_match, "_VIEWS", 2)
    found = image_match.recognise(list(images[:5]), located)
    assert [(each.same, each.label) for each in found] == [(True, n) for n in labels[:5]]
    assert max(compared) == 2


def test_a_process_that_swells_is_noticed_at_once() -> None:
    """What is sent to it is held before anybody reads it: its sender is ended."""
    ended = threading.Event()
    with Swelling(32 * MEBIBYTE, ended.set) as quiet:
        pass
    assert not quiet.over
    with Swelling(32 * MEBIBYTE, ended.set) as swelling:
        held = np.ones(12 * MEBIBYTE)
        assert ended.wait(60)
    assert swelling.over
    assert held.nbytes > 32 * MEBIBYTE
