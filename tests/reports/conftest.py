"""What the tests of the reports share: one browser, one graded notebook, and its pages."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.grading import Options, grade
from grader.i18n import spoken
from grader.notebook.reading import Notebook, read
from grader.reports.student_page import student_page
from grader.results.model import Result
from tests.grading import UNIT, graded, nn_from_scratch
from tests.notebooks import ROOT
from tests.reports.browser import CHROMIUM, DRIVER, Browser, started
from tests.reports.courses import complete, overview, spoilt, spoilt_notebook

TYPICAL = ROOT / "reference" / "nn_from_scratch" / "examples" / "typical_mistakes.ipynb"


@pytest.fixture(scope="session")
def typical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a notebook with typical mistakes, a copy of its own."""
    return Path(shutil.copy(TYPICAL, tmp_path_factory.mktemp("typical") / TYPICAL.name))


@pytest.fixture(scope="session")
def real(typical: Path) -> Result:
    """Return what grading that notebook's two layers came to."""
    return graded(typical, *UNIT)


@pytest.fixture(scope="session")
def whole(real: Result) -> Result:
    """Return a result with everything that a page shows."""
    return complete(real)


@pytest.fixture(scope="session")
def russian(typical: Path) -> Result:
    """Return a result with everything that a page shows, of a grading in Russian."""
    options = Options(only=UNIT, language="ru")
    return complete(grade(read(typical), nn_from_scratch(), options))


@dataclass(frozen=True)
class Pages:
    """Pages as files: one student's, one full of hostile text, an overview of both kinds."""

    student: Path
    russian: Path
    hostile: Path
    overview: Path
    hostile_overview: Path


@pytest.fixture(scope="session")
def pages(
    whole: Result, russian: Result, typical: Path, tmp_path_factory: pytest.TempPathFactory
) -> Pages:
    """Write the pages into a folder."""
    folder = tmp_path_factory.mktemp("pages")
    bad = spoilt(whole)
    good, hostile = overview(whole), overview(bad, name=bad.submission.name)
    texts = {
        "student": student_page(whole, read(typical)),
        "russian": _in_russian(russian, read(typical)),
        "hostile": student_page(bad, spoilt_notebook()),
        "overview": good.page(pages=good.entries),
        "hostile_overview": hostile.page(pages=hostile.entries),
    }
    paths = {name: folder / f"{name}.html" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], "utf-8")
    return Pages(**paths)


def _in_russian(result: Result, notebook: Notebook) -> str:
    with spoken("ru"):
        return student_page(result, notebook)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Chromium, once for all tests of a process."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("There is no Chromium here: install the packages chromium and chromium-driver.")
    with started(tmp_path_factory.mktemp("profile")) as browser:
        yield browser
