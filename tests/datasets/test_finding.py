"""Where a data set is looked for, in which order, and what is said when it is nowhere."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.datasets import DataMissingError, Located, files, locate
from grader.errors import UsageError
from tests.datasets.tiny import CONTENTS, TINY, TRAIN_IMAGES, TRAIN_LABELS, holds_exactly, write


def test_torch_stays_out_of_the_process(tmp_path: Path) -> None:
    """Locating and reading import neither torch nor torchvision into the grader."""
    write(tmp_path / "mine", CONTENTS)
    program = """
import json, pathlib, sys
from grader.datasets import Dataset, load_images, locate
tiny = Dataset("Tiny", json.loads(sys.argv[2]), ("a", "b", "c"), "dataset-tiny", "datasets/tiny")
load_images(locate(tiny, folder=pathlib.Path(sys.argv[1])), "test")
print([name for name in sys.modules if name.startswith("torch")])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "mine"), json.dumps(TINY.files)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("below", ["", "Tiny/raw", "raw"])
def test_named_folder_in_any_layout(tmp_path: Path, cache: Path, below: str, zipped: bool) -> None:
    """A named folder may hold the files in three places, gzipped or not."""
    write(tmp_path / "mine" / below, CONTENTS, zipped=zipped)
    located = locate(TINY, folder=tmp_path / "mine", download=False)
    assert located == Located(TINY, cache, "the folder you named")
    assert holds_exactly(located, CONTENTS)


def test_environment_variable_names_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOTEBOOK_GRADER_DATA is looked at like a named folder, and named in the source."""
    monkeypatch.setenv("NOTEBOOK_GRADER_DATA", str(write(tmp_path / "mine", CONTENTS)))
    assert locate(TINY).source == "the folder that NOTEBOOK_GRADER_DATA names"
    monkeypatch.setenv("NOTEBOOK_GRADER_DATA", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match=r"NOTEBOOK_GRADER_DATA names .*absent"):
        locate(TINY)


def test_argument_goes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder given in the call is used whatever the environment names."""
    monkeypatch.setenv("NOTEBOOK_GRADER_DATA", str(tmp_path / "absent"))
    located = locate(TINY, folder=write(tmp_path / "mine", CONTENTS))
    assert located.source == "the folder you named"


def test_empty_environment_variable_names_nothing(
    tmp_path: Path, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NOTEBOOK_GRADER_DATA set to nothing is as good as unset."""
    monkeypatch.setenv("NOTEBOOK_GRADER_DATA", "")
    write(share / "datasets" / "tiny", CONTENTS, zipped=True)
    assert locate(TINY, download=False).source == "Debian's package dataset-tiny"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / f"{TRAIN_LABELS}.gz").unlink(), "neither train-labels"),
        (
            lambda folder: (folder / f"{TRAIN_LABELS}.gz").write_bytes(b"no gzip"),
            "train-labels-idx1-ubyte.gz is damaged: Not a gzipped file",
        ),
        (
            lambda folder: os.truncate(folder / f"{TRAIN_LABELS}.gz", 20),
            "train-labels-idx1-ubyte.gz is damaged",
        ),
        (
            lambda folder: (folder / f"{TRAIN_LABELS}.gz").write_bytes(gzip.compress(b"other")),
            "train-labels-idx1-ubyte.gz is damaged or another file: the SHA-256",
        ),
    ],
    ids=["missing", "not gzipped", "cut short", "other contents"],
)
def test_named_folder_that_does_not_fit(
    tmp_path: Path, cache: Path, damage: Callable[[Path], object], said: str
) -> None:
    """An unusable named folder is an error that names folder, file and remedy; no fallback."""
    folder = write(tmp_path / "mine", CONTENTS, zipped=True)
    damage(folder)
    with pytest.raises(UsageError) as caught:
        locate(TINY, folder=folder)
    message = str(caught.value)
    assert str(folder) in message
    assert said in message
    assert "Name a folder that holds" in message
    assert not cache.exists()


@pytest.mark.parametrize("name", ["absent", "x" * 300])
def test_named_folder_that_is_not_there(tmp_path: Path, name: str) -> None:
    """A folder that does not exist, or that the system refuses, is named in the error."""
    with pytest.raises(UsageError, match=name):
        locate(TINY, folder=tmp_path / name)


def test_intact_copy_beside_a_damaged_one(tmp_path: Path) -> None:
    """A damaged file does no harm where the same folder holds an intact copy."""
    folder = write(tmp_path / "mine", CONTENTS, zipped=True)
    (folder / TRAIN_IMAGES).write_bytes(b"half a downl")
    assert holds_exactly(locate(TINY, folder=folder), CONTENTS)


def test_nothing_found(cache: Path, share: Path) -> None:
    """The error lists every place with its fault, and the three things one can do."""
    write(cache / "Tiny" / "raw", {**CONTENTS, TRAIN_IMAGES: b"damaged"})
    with pytest.raises(UsageError) as caught:
        locate(TINY, download=False)
    message = str(caught.value)
    assert f"the cache folder: {cache / 'Tiny' / 'raw' / TRAIN_IMAGES} is damaged" in message
    assert f"Debian's package dataset-tiny: there is no folder {share}" in message
    assert "torchvision's own download: not allowed" in message
    for remedy in ["`apt install dataset-tiny`", "NOTEBOOK_GRADER_DATA", "network"]:
        assert remedy in message


def test_unknown_name() -> None:
    """A name that is not registered is answered with those that are."""
    with pytest.raises(UsageError, match=r"'MNIST-3D'.*FashionMNIST"):
        locate("MNIST-3D")


def test_a_folder_that_the_notebook_reads_from_is_looked_at_before_the_network(
    tmp_path: Path, cache: Path, share: Path
) -> None:
    """Whoever has run the notebook has the data beside it, in torchvision's layout."""
    beside = tmp_path / "homework" / "data"
    with pytest.raises(DataMissingError):
        locate(TINY, beside=[beside], download=False)
    write(beside / "Tiny" / "raw", CONTENTS)
    located = locate(TINY, beside=[tmp_path / "absent", beside], download=False)
    assert located == Located(TINY, cache, "the folder that the notebook reads from")
    assert holds_exactly(located, CONTENTS)


def test_no_file_is_read_beyond_what_any_data_set_holds(
    tmp_path: Path, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies beside a student's notebook may be a bomb."""
    monkeypatch.setattr(files, "MOST_BYTES", 2**20)
    beside = tmp_path / "data"
    beside.mkdir()
    for name in TINY.files:
        with gzip.open(beside / f"{name}.gz", "wb") as bomb:
            bomb.write(bytes(2**22))
    with pytest.raises(DataMissingError, match="more than 1 MB"):
        locate(TINY, beside=[beside], download=False)
