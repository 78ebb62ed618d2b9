"""What one submission may see, change and use on rung 4: whatever its user may.

It is for a person's own notebook, on a system that has nothing else.
"""

from typing import Final

from grader.i18n import marked
from grader.sandbox.confinement.base import Policy
from grader.sandbox.rungs import Rung


class Plain(Policy):
    """A process as any other."""

    rung = Rung.PLAIN
    title = marked("rung 4: a separate process, which nothing confines (not a sandbox)")
    needs = ()
    boxed = False


POLICY: Final = Plain()
