"""Standard output and standard error of a command, which may fail as any file may.

What is printed is not what a call has come to: where a disk is full, or a terminal has gone, what
is written to files is written all the same.
"""

import io
import os
import select
import sys
from typing import Any, Final

from grader.errors import OutputError

_STDOUT: Final = 1


class _Stream(io.FileIO):
    """Where a standard stream leads; nothing is written any more once that has failed.

    Without a reader standard output raises BrokenPipeError as ever, and OutputError where it fails
    in another way. Nobody could be told that standard error fails, so that is passed over.
    """

    failed = False

    def write(self, content: Any) -> int:
        """Write some of `content`; return how many bytes of it."""
        size = memoryview(content).nbytes
        if self.failed:
            return size
        try:
            # Whoever shares the terminal or the pipe may have made it one that does not wait.
            while (written := super().write(content)) is None:
                select.select([], [self], [])
        except OSError as error:
            self.failed = True
            if self.fileno() != _STDOUT:
                return size
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(
                f"Standard output cannot be written: {error.strerror}. Mend that, or send it "
                "elsewhere."
            ) from error
        return written


def guard() -> None:
    """Let what is printed from now on end no call, but where it is what was asked for.

    Streams that are closed lead nowhere, as those of a service do.
    """
    if sys.stdout is None or sys.stderr is None:
        _open_nowhere()
    sys.stdout = _guarded(sys.stdout, sys.__stdout__)
    sys.stderr = _guarded(sys.stderr, sys.__stderr__)


def _open_nowhere() -> None:
    """Give streams that are closed their place: no file that is opened later is to have it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def _guarded(stream: Any, own: Any) -> Any:
    """Return a stream that writes to the same place, or `stream` where it is not this process's."""
    if own is None or stream is not own:
        return stream
    # Python writes to it without a buffer where it was told to.
    raw = getattr(own.buffer, "raw", own.buffer)
    # On Windows a console is no file.
    if type(raw) is not io.FileIO:
        return stream
    own.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(raw.fileno(), "wb", closefd=False)),
        encoding=own.encoding,
        errors=own.errors,
        newline="\n" if os.linesep == "\n" else None,
        line_buffering=own.line_buffering or raw is own.buffer,
    )
