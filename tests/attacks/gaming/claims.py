"""Frauds about what the student's process alone can tell."""

from typing import Final

from tests.attacks.attack import RUNGS, Fraud
from tests.attacks.gaming.layers import IN_PLACE, LOOPS, WITH_AGENT

_OWN_WORD: Final = dict.fromkeys(
    RUNGS, "it is the process itself that tells, and a note says that it was tampered with"
)

CLAIMS: Final = (
    Fraud(
        name="hide a loop from the count",
        must_not="the point for a layer without a loop",
        code="""
import os
# What the standard library does is not counted.
source = "def rows(x): return np.array([np.maximum(row, 0) for row in x])"
exec(compile(source, os.path.dirname(os.__file__) + "/x.py", "exec"))
"""
        + LOOPS.replace("np.array([np.maximum(row, 0) for row in x])", "self.hidden(x)")
        + """
    def hidden(self, x):
        import sys
        sys.setprofile(None)
        sys.settrace(None)
        return rows(x)
""",
        honest=LOOPS,
        known=_OWN_WORD,
    ),
    Fraud(
        name="hide a change from the agent",
        must_not="the points for leaving its arguments as they were",
        code=IN_PLACE
        + WITH_AGENT
        + "\ngrader_agent.perform.Performance._changed = lambda self: []\n",
        honest=IN_PLACE,
        known=_OWN_WORD,
    ),
)
