"""The files of autograders for other systems: templates, filled in."""

from pathlib import Path
from string import Template
from typing import Final

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


class Filled(Template):
    """A text with places to fill, which a shell's `$` does not stand for."""

    delimiter = "@@"


def hand_in() -> str:
    """Return what every autograder has: finding the notebook, and running `grade` on it."""
    return (TEMPLATES / "shared" / "hand_in.py.template").read_text("utf-8").rstrip("\n")
