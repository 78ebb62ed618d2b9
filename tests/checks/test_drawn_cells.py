"""What a cell's source says of what it may have shown."""

import pytest

from grader.checks.plots.drawn_cells import IMAGES, Cell, Drawn
from grader.verdicts import CheckFailed, NeedsReview

SHOWN = frozenset({"image/png"})


@pytest.mark.parametrize(
    "source",
    [
        "from IPython.display import clear_output\nprint('done')",
        "from IPython.display import clear_output\nclear_output(wait=True)",
        "from IPython.display import (\n    clear_output,\n    display,\n)\nx = 1",
        "from IPython import display; x = 1\ndisplay.clear_output()",
        "import IPython.display\nIPython.display.clear_output()",
    ],
)
def test_clearing_the_output_draws_nothing(source: str) -> None:
    """A cell that only clears what was shown is no drawing that a person would have to see."""
    found = Drawn((Cell(3, source),))
    assert not IMAGES.looks_drawn(source)
    assert isinstance(found.nothing(IMAGES, "images"), CheckFailed)
    assert found.place(IMAGES) is None


@pytest.mark.parametrize(
    "source",
    [
        "from IPython.display import display, clear_output\nclear_output()\ndisplay(picture)",
        "import IPython\nIPython.display.display(picture)",
        "from IPython.display import HTML\nHTML('<img>')",
    ],
)
def test_what_may_be_drawn_where_nobody_can_see_it_waits_for_a_person(source: str) -> None:
    """A cell that shows something by IPython's means is looked at."""
    found = Drawn((Cell(3, source, displayed=SHOWN),))
    assert isinstance(found.nothing(IMAGES, "images"), NeedsReview)
