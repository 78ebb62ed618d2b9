"""Telling, in the log, of faults that end nothing and cost nobody a point."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


def tell_of_fault(
    log: logging.Logger, text: str, *values: object, error: BaseException | None = None
) -> None:
    """Log `error`, by default the exception that is being handled, behind `text`.

    In a line that says where it came up, in an assignment's file if in any: how the grader came
    there tells its author nothing. `python -X dev` shows that as well.
    """
    error = error or sys.exception()
    if sys.flags.dev_mode or error is None:
        log.error(text, *values, exc_info=error)
        return
    told = "".join(traceback.format_exception_only(error)).strip()
    log.error("%s: %s%s", text % values, told, _place(error))


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if not Path(each.filename).is_relative_to(_PACKAGE)]
    found = (own or frames)[-1:]
    return "".join(f" ({each.filename}, line {each.lineno})" for each in found)
