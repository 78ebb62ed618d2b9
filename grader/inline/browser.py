"""`%check` in a notebook whose Python runs in a browser: asked and judged in the same process."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from grader.assignment.model import Assignment, exercises_named
from grader.errors import GraderError
from grader.i18n import _, marked, spoken
from grader.inline.live import (
    NEVER_COUNTS,
    Shown,
    assignment_here,
    judged,
    laid_out,
    spoken_in,
)
from grader.inline.same_process import SameProcess

UNCONFINED: Final = marked(
    "It was asked within this page, which limits neither memory nor files, and time only from one "
    "line of Python to the next."
)
NO_FRESH: Final = marked(
    "`%check --fresh` runs the whole notebook anew, for which a browser has no room: run `grade` "
    "in a terminal. `%check` asks here of what is defined so far."
)


def told(shell: Any, question: dict[str, Any], show: Callable[[Shown], None]) -> Shown:
    """Answer the `question` of the magic in the IPython shell `shell`.

    `show` hears of what is going on meanwhile.
    """
    try:
        assignment = assignment_here()
        with spoken(spoken_in(assignment, question["notebook"]), assignment.sources):
            return _asked(assignment, shell, question, show)
    except GraderError as error:
        return {"text/plain": str(error)}


def _asked(
    assignment: Assignment, shell: Any, question: dict[str, Any], show: Callable[[Shown], None]
) -> Shown:
    if question["fresh"]:
        return {"text/plain": _(NO_FRESH)}
    wanted = exercises_named(assignment, question["only"])
    whole = [_(exercise.title) for exercise in wanted if not exercise.unit]
    state = SameProcess(shell.user_ns, set(shell.user_ns_hidden), lambda: _undisplayed(shell))
    with contextlib.closing(state):
        results, left = judged(
            assignment,
            wanted,
            set(question["defined"]),
            state,
            lambda title: show({"text/plain": f"{title} …"}),
        )
    if whole:
        left.append(
            _(
                "Asked of the whole notebook, by `grade` in a terminal: {whole}.",
                whole=", ".join(whole),
            )
        )
    return laid_out(results, [*left, _(NEVER_COUNTS), _(UNCONFINED)] if results else left)


@contextlib.contextmanager
def _undisplayed(shell: Any) -> Iterator[None]:
    """Show nothing that is displayed: the notebook's outputs are not an answer's."""
    publisher = shell.display_pub
    publish = publisher.publish
    publisher.publish = lambda *_args, **_kwargs: None
    try:
        yield
    finally:
        publisher.publish = publish
