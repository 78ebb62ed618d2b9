"""What a command raises, and what ends it, becomes a sentence and an exit status."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, Final, NoReturn

import click

from grader.cli.streams import guard
from grader.errors import INTERRUPTED, GraderError, InternalError, UsageError
from grader.text import printable

# How long a call that is ended by a signal may take to leave nothing behind.
UNWIND_SECONDS: Final = 15.0

# Processes that are started here would look for modules in the working folder first, where those
# of a student may lie.
os.environ["PYTHONSAFEPATH"] = "1"


def _complain(error: GraderError) -> None:
    """Print what went wrong, for the person who can mend it."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and mostly not needed

    from grader.reports.github import as_text  # noqa: PLC0415

    # It may name a file, and a student may have named that.
    with as_text(Console(stderr=True)):
        click.echo(f"Error: {printable(str(error))}", err=True)


def no_traceback(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what a command raises, and what ends it, into a sentence and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        guard()
        _unwind_when_ended()
        try:
            with _printed():
                return command(*args, **kwargs)
        except GraderError as error:
            _complain(error)
            sys.exit(error.exit_status)
        except ModuleNotFoundError as error:
            from grader.extras import missing  # noqa: PLC0415 - nearly always all is there

            told = missing(error.name or "")
            if told is None:
                _our_fault(error)
            _complain(UsageError(told))
            sys.exit(UsageError.exit_status)
        # Whoever stops reading what is printed has seen enough: click ends quietly.
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            import logging  # noqa: PLC0415 - a call that is not ended does without

            # What asyncio was at is told by it, with a traceback, once it is collected.
            logging.getLogger("asyncio").disabled = True
            # click would end with 1, which has a meaning of its own.
            click.echo("\nInterrupted.", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a user's
            _our_fault(error)

    return run


@contextmanager
def _printed() -> Iterator[None]:
    """Have all that was printed leave the process before its exit status is settled."""
    ended: SystemExit | None = None
    try:
        yield
    except SystemExit as error:
        ended = error
    if sys.stdout is not None:
        sys.stdout.flush()
    if ended is not None:
        raise ended


def _our_fault(error: Exception) -> NoReturn:
    click.echo(
        f"Error: the grader itself failed ({type(error).__name__}: {error}). This is nobody's "
        "mistake but ours; nothing was scored. Please report it, with the output of the same "
        "command run with `python -P -X dev -m grader`.",
        err=True,
    )
    if sys.flags.dev_mode:
        raise error
    sys.exit(InternalError.exit_status)


def _unwind_when_ended() -> None:
    """Have what ends this process by a signal end it as Ctrl-C does: nothing is left behind."""
    with suppress(ValueError):  # Only the main thread may.
        signal.signal(signal.SIGTERM, _ended)
        # A lost connection takes its terminal along. `nohup` has that ignored, and so it stays.
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
            signal.signal(signal.SIGHUP, _ended)


def _ended(_number: int, _frame: object) -> NoReturn:
    # Being told again must not keep it from cleaning up.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # What it runs may take an interrupt for its own: it ends all the same.
    late = threading.Timer(UNWIND_SECONDS, os._exit, [INTERRUPTED])
    late.daemon = True
    late.start()
    raise KeyboardInterrupt
