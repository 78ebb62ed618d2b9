"""What the tests of the review page share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.browser import CHROMIUM, DRIVER, Browser, started
from tests.review.course import NAMES, Course

WORDS = ("Because n + n is 2 n.", "because  N + N\nis 2 n.", "It doubles.", "I do not know.")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a gradebook of four students, of whom two gave the same answer."""
    return Course(tmp_path).hand_in(WORDS, NAMES)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start Chromium, once for all tests of a process."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("There is no Chromium here: install the packages chromium and chromium-driver.")
    with started(tmp_path_factory.mktemp("profile")) as browser:
        yield browser
