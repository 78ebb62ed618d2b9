"""A user of its own for each submission, where the grader may give it one.

Linux counts processes for each user, whatever the sandbox: two submissions with one user could
starve each other. So whoever takes a user claims it on the whole machine.
"""

import os
import secrets
import socket
from contextlib import suppress
from typing import Final

# Users above those that distributions give out, and below those of containers' ranges.
FIRST_UID: Final = 61_200
UIDS: Final = 3_000


class Account:
    """A user that nobody else's submission runs as until `release`.

    `uid` is None where only root could give one, and then nothing is claimed.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self.uid: int | None = None
        self._claim: socket.socket | None = None
        if wanted and os.name == "posix" and os.geteuid() == 0:
            self._take(secrets.randbelow(UIDS))

    def _take(self, start: int) -> None:
        for number in range(UIDS):
            self.uid = FIRST_UID + (start + number) % UIDS
            # A name that one process at a time can hold, and that goes with it.
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            with suppress(OSError):
                claim.bind(f"\0notebook-grader-user-{self.uid}")
                self._claim = claim
                return
            claim.close()

    def release(self) -> None:
        """Let others have the user. No process of it may be left."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None
