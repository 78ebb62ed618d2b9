"""What a command raises, and what ends it, becomes a sentence and an exit status."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Final, NoReturn

import click

from grader.errors import INTERRUPTED, GraderError, InternalError, UsageError
from grader.text import printable

# How long a call that is ended by SIGTERM may take to leave nothing behind.
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
        _unwind_at_sigterm()
        try:
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


def _unwind_at_sigterm() -> None:
    """Have what ends this process by SIGTERM end it as Ctrl-C does: nothing is left behind."""
    with suppress(ValueError):  # Only the main thread may.
        signal.signal(signal.SIGTERM, _ended)


def _ended(_number: int, _frame: object) -> NoReturn:
    # Being told again must not keep it from cleaning up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # What it runs may take an interrupt for its own: it ends all the same.
    late = threading.Timer(UNWIND_SECONDS, os._exit, [INTERRUPTED])
    late.daemon = True
    late.start()
    raise KeyboardInterrupt
