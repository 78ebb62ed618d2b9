"""Attacks on the machine and on the grader's own process: each takes what it can get."""

from typing import Final

from tests.attacks.bombs.answers import ANSWERS
from tests.attacks.bombs.ends import ENDS
from tests.attacks.bombs.greed import GREED
from tests.attacks.bombs.mild import MILD

# Each has a notebook to itself.
GRAVE: Final = (*GREED, *ENDS)

BOMBS: Final = (*MILD, *GRAVE, *ANSWERS)
