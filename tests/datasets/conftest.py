"""A cache, share folders and a torchvision that are the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.datasets import finding


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start with an empty cache folder, and no folder named by the environment."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home-cache"))
    monkeypatch.delenv("NOTEBOOK_GRADER_DATA", raising=False)
    return tmp_path / "home-cache" / "notebook-grader" / "datasets"


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two share folders of the test's own in place of Debian's; this is the second."""
    folders = (tmp_path / "usr-share", tmp_path / "usr-local-share")
    monkeypatch.setattr(finding, "SHARE_FOLDERS", folders)
    return folders[1]


@pytest.fixture
def stand_in_torchvision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a module in torchvision's place for child processes, since tests have no network.

    The child command is the real one; only what it imports is the stand-in. Its
    class Tiny runs the given code with `raw`, the folder it is to download into,
    and `served`, the folder returned, which plays the server.
    """
    library = tmp_path / "library"
    served = tmp_path / "served"
    served.mkdir()

    def install(code: str) -> Path:
        package = library / "torchvision"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "datasets.py").write_text(
            "import pathlib, shutil, sys\n"
            "class Tiny:\n"
            "    mirrors = ['http://its.own/']\n"
            "    def __init__(self, root, download):\n"
            "        assert download\n"
            f"        served = pathlib.Path({str(served)!r})\n"
            "        raw = pathlib.Path(root, 'Tiny', 'raw')\n"
            f"        {code}\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(library))
        return served

    return install
