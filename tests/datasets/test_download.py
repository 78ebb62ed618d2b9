"""torchvision's own download: verified, and told in a sentence where it fails."""

import importlib.util
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.datasets import DATASETS, finding, locate
from grader.errors import UsageError
from tests.datasets.tiny import CONTENTS, TEST_LABELS, TINY, holds_exactly, write


def test_download(stand_in_torchvision: Callable[[str], Path], cache: Path) -> None:
    """A download by (a stand-in for) torchvision ends, verified, in the cache."""
    served = stand_in_torchvision("shutil.copytree(served, raw)")
    write(served, CONTENTS, zipped=True)
    write(served, CONTENTS)
    located = locate(TINY)
    assert located.source == "torchvision's own download"
    assert holds_exactly(located, CONTENTS)
    assert [path.name for path in (cache / "Tiny").iterdir()] == ["raw"]
    assert locate(TINY, download=False).source == "the cache folder"


def test_download_of_something_else(
    stand_in_torchvision: Callable[[str], Path], cache: Path
) -> None:
    """What (a stand-in for) torchvision downloads is used only if its contents are right."""
    served = stand_in_torchvision("shutil.copytree(served, raw)")
    write(served, {**CONTENTS, TEST_LABELS: b"other"})
    with pytest.raises(UsageError, match=f"own download: .*{TEST_LABELS} is damaged"):
        locate(TINY)
    assert list((cache / "Tiny").iterdir()) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('Tried it,\\n got:\\n nothing')", "failed: Tried it, got: nothing"),
        ("sys.exit(7)", "failed: exit status 7"),
    ],
)
def test_download_that_fails(
    stand_in_torchvision: Callable[[str], Path], code: str, said: str
) -> None:
    """A failed download (here by a stand-in) is told in one line, with what else to do."""
    stand_in_torchvision(code)
    with pytest.raises(UsageError) as caught:
        locate(TINY)
    assert f"torchvision's own download: {said}\n" in str(caught.value)
    assert "apt install" in str(caught.value)


@pytest.mark.parametrize(
    ("mirrors", "asked"),
    [((), ["http://its.own/"]), (("https://a/", "https://b/"), ["https://a/", "https://b/"])],
)
def test_download_asks_the_mirrors_that_are_named(
    stand_in_torchvision: Callable[[str], Path], mirrors: tuple[str, ...], asked: list[str]
) -> None:
    """Those of the data set, or else torchvision's own."""
    stand_in_torchvision("raise RuntimeError(self.mirrors)")
    with pytest.raises(UsageError, match=re.escape(str(asked))):
        locate(replace(TINY, mirrors=mirrors))


def test_data_sets_come_over_https() -> None:
    """Nobody on the way sees or changes what is fetched."""
    for dataset in DATASETS.values():
        assert dataset.mirrors
        assert all(mirror.startswith("https://") for mirror in dataset.mirrors)


def test_download_that_never_ends(
    stand_in_torchvision: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that hangs (here a stand-in) is given up and told."""
    stand_in_torchvision("import time; time.sleep(1000)")
    monkeypatch.setattr(finding, "DOWNLOAD_SECONDS", 0.2)
    with pytest.raises(UsageError, match=r"own download: not done after 0\.2 seconds"):
        locate(TINY)


def test_download_ignores_a_torchvision_in_the_working_folder(
    stand_in_torchvision: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file torchvision.py beside a student's notebook is not imported to download."""
    write(stand_in_torchvision("shutil.copytree(served, raw)"), CONTENTS)
    student = write(tmp_path / "student", {"torchvision.py": b"open('imported', 'w')\n"})
    monkeypatch.chdir(student)
    assert locate(TINY).source == "torchvision's own download"
    assert not (student / "imported").exists()


@pytest.mark.skipif(not importlib.util.find_spec("torchvision"), reason="torchvision is missing")
def test_real_torchvision_without_a_network(share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real torchvision, cut off from its server, fails with the clear sentence."""
    with socket.socket() as taken:
        # Bound but not listening: every connection to it is refused.
        taken.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for variable in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]:
            monkeypatch.setenv(variable, proxy)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(UsageError) as caught:
            locate("FashionMNIST")
    message = str(caught.value)
    assert "own download: failed: Error downloading train-images-idx3-ubyte.gz" in message
    assert "Connection refused" in message
    assert "`apt install dataset-fashion-mnist`" in message
