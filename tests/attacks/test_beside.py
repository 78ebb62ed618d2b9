"""The page of attacks lists those that are tests elsewhere, as they are."""

from tests.attacks.beside import section
from tests.attacks.table import FILE


def test_the_page_of_attacks_names_tests_that_are_there() -> None:
    """Each is one of its file, and the docs say what it promises."""
    assert FILE.read_text("utf-8").endswith(section())
