"""What can go wrong, sorted by who can mend it.

Every message is written for the person who reads it: what happened, to which
file or cell, and what to do.
"""

from typing import ClassVar, Final

# The exit status of a command that Ctrl-C or SIGTERM ended, as shells have it.
INTERRUPTED: Final = 130


class GraderError(Exception):
    """What ends a call, or what a call does to one notebook, and is told without a traceback.

    `exit_status` is what the command line ends with when this reaches it.
    """

    exit_status: ClassVar[int]


class InternalError(GraderError):
    """The grader itself failed: nobody's work is to blame, and nothing is scored."""

    exit_status = 3


class UsageError(GraderError, ValueError):
    """The call, or a file that it names, cannot be used; the caller can mend it."""

    exit_status = 2


class OutputError(UsageError):
    """What was asked for on standard output cannot be written there; files are as they would be."""


class AssignmentError(GraderError, ValueError):
    """An assignment's own files are at fault; the instructor can mend them."""

    exit_status = 2


class UnmetError(AssignmentError):
    """This machine lacks what an assignment says it needs: no notebook can be graded here."""
