"""The processes that run cells, one of each kind for all the tests here."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.processes import Run, Serve, serve


@pytest.fixture(scope="package")
def plain() -> Iterator[Serve]:
    """Serve from a process that has imported IPython, and no more of numpy than its core."""
    yield from serve("")


@pytest.fixture(scope="package")
def imported() -> Iterator[Serve]:
    """Serve from a process that has imported matplotlib and torchvision before the shims."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    yield from serve(
        "import os; os.environ['MPLBACKEND'] = 'agg'\n"
        "import matplotlib.pyplot, torch, torchvision.datasets\n"
    )


@pytest.fixture
def run(plain: Serve, tmp_path: Path) -> Run:
    """Run cells in a plain process, in the test's folder."""
    return lambda *cells: plain(tmp_path, cells)


@pytest.fixture
def run_forked(imported: Serve, tmp_path: Path) -> Run:
    """Run cells in a fork, in the test's folder."""
    return lambda *cells: imported(tmp_path, cells)
