"""What all pages share: the gradebook, who looks at it, and what is set around each page."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from grader.errors import GraderError, UsageError
from grader.review.deciding import last_of
from grader.review.items import Desk, GoneError, View
from grader.review.pages import render

Form = dict[str, str]
Answer = Callable[["Office", Request, Form], Response]
_SEE_OTHER: Final = 303


@dataclass
class Office:
    """A grader's desk, and whether anything was decided at it since reports were written."""

    desk: Desk
    changed: bool = False

    def page(self, template: str, session: Session, view: View, **values: Any) -> HTMLResponse:
        """Return a page, with what this grader decided last."""
        last = last_of(session, view, self.desk.who)
        of_last = view.at(last[0].attempt_id, last[0].exercise, last[0].check_id) if last else None
        text = render(
            template,
            desk=self.desk,
            view=view,
            last=last,
            of_last=of_last,
            **values,
        )
        return HTMLResponse(text)

    def refuse(self, error: GraderError, status: int = HTTPStatus.BAD_REQUEST) -> HTMLResponse:
        """Return a page that says what cannot be done."""
        return HTMLResponse(render("refused.html", desk=self.desk, sentence=str(error)), status)


def see(path: str, **query: object) -> RedirectResponse:
    """Return the answer that leads to another page: reloading that repeats nothing."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, _SEE_OTHER)


def number(form: Form, name: str) -> float | None:
    """Return a number of a form, None where it is left empty. Raises UsageError for others."""
    text = form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{text!r} is no number of points.") from None


def required_points(form: Form) -> float:
    """Return the points of a form. Raises UsageError where there are none."""
    points = number(form, "points")
    if points is None:
        raise UsageError("Say how many points.")
    return points


def identifier(text: str) -> int:
    """Return the number that a text writes. Raises GoneError where it writes none."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # SQLite has 64 bits.
        raise GoneError("There is no such thing.")
    return int(text)
