"""How commands end that cannot do what was asked: a sentence and an exit status, no traceback."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import click

from grader.errors import GraderError, InternalError
from grader.text import printable


def _complain(error: GraderError) -> None:
    """Print what went wrong, for the person who can mend it."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and mostly not needed

    from grader.reports.workflow import as_text  # noqa: PLC0415

    # It may name a file, and a student may have named that.
    with as_text(Console(stderr=True)):
        click.echo(f"Error: {printable(str(error))}", err=True)


def no_traceback(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what a command raises into a sentence and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except GraderError as error:
            _complain(error)
            sys.exit(error.exit_status)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
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
