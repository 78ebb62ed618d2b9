"""Grading without the data set: what needs it waits, the rest is judged as ever."""

from pathlib import Path

import pytest

from grader import grading
from grader.datasets import finding
from grader.datasets.registry import Located
from grader.execution import supply
from grader.execution.recording import unpacked
from grader.grading import Options, grade, judged_again
from grader.notebook.reading import read
from tests.grading import check, nn_from_scratch, scores
from tests.notebooks import edited, submission

NOWHERE = {"linear": 40, "relu": 20, "training": 0, "curves": 0, "predictions": 0}


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the data set, and keep the search for it off the network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NOTEBOOK_GRADER_DATA", raising=False)
    monkeypatch.setattr(finding, "SHARE_FOLDERS", ())
    monkeypatch.setattr(finding, "_DOWNLOAD_PROGRAM", "raise SystemExit('no network')")
    # Another test in this process may have found it.
    grading._verified.cache_clear()


def test_layers_alone_take_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `--only`, no data set is even looked for."""

    def look(*asked: object, **_how: object) -> Located:
        raise AssertionError(asked)

    monkeypatch.setattr(supply, "locate", look)
    options = Options(only=("linear", "relu"))
    result = grade(read(submission(tmp_path)), nn_from_scratch(), options)
    assert scores(result) == {"linear": 40, "relu": 20}


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("quick", [True, False])
def test_what_needs_the_data_is_pending_and_the_rest_is_judged(tmp_path: Path, quick: bool) -> None:
    """It says what is missing and who can mend it; nobody loses a point for it."""
    path = submission(tmp_path)
    result = grade(read(path), nn_from_scratch(), Options(quick=quick))
    assert (scores(result), result.pending) == (NOWHERE, 40)
    message = check(result, "training", "has_learnt").message
    assert "needs the data set FashionMNIST, which is not where this was graded" in message
    assert "`grader data FashionMNIST`" in message


@pytest.mark.usefixtures("nowhere")
def test_a_class_that_needs_the_data_waits_as_well(tmp_path: Path) -> None:
    """Its cell raises for want of the data, which is no fault of the student's."""
    needy = "from torchvision.datasets import FashionMNIST\n" + edited(
        "linear",
        ("class Linear", "pixels = len(FashionMNIST('./data', download=True)[0])\n\nclass Linear"),
    )
    path = submission(tmp_path, {"linear": needy})
    result = grade(read(path), nn_from_scratch(), Options(only=("linear", "relu")))
    assert (scores(result), result.pending) == ({"linear": 0, "relu": 20}, 40)


@pytest.mark.usefixtures("nowhere")
def test_a_submission_is_run_again_once_the_data_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded without them cannot be judged again; until then it stays pending."""
    path = submission(tmp_path)
    kept: list[bytes] = []
    result = grade(read(path), nn_from_scratch(), keep=kept.append)
    recording = unpacked(b"".join(kept), path)
    again = judged_again(recording, nn_from_scratch())
    assert again is not None
    assert (scores(again), again.pending) == (scores(result), 40)
    monkeypatch.undo()
    assert judged_again(recording, nn_from_scratch()) is None


def test_data_beside_the_notebook_are_found(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Where the notebook itself keeps them."""
    raw = finding.locate("FashionMNIST").raw
    request.getfixturevalue("nowhere")
    homework = tmp_path / "homework"
    (homework / "data" / "FashionMNIST").mkdir(parents=True)
    (homework / "data" / "FashionMNIST" / "raw").symlink_to(raw)
    path = submission(homework)
    found = supply.supply_for(read(path), ["FashionMNIST"], None).find("FashionMNIST")
    assert found is not None
    assert found.source == "the folder that the notebook reads from"
