"""Attacks on the score: cells that hand in what is wrong, and try to have it pass."""

from typing import Final

from tests.attacks.gaming.agent import AGENT
from tests.attacks.gaming.answers import ANSWERS
from tests.attacks.gaming.claims import CLAIMS
from tests.attacks.gaming.drawings import DRAWINGS
from tests.attacks.gaming.messages import MESSAGES
from tests.attacks.gaming.patches import PATCHES
from tests.attacks.gaming.training import TRAINING

FRAUDS: Final = (*PATCHES, *AGENT, *MESSAGES, *ANSWERS, *CLAIMS, *TRAINING, *DRAWINGS)
