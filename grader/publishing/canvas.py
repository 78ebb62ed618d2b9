"""Grades sent to Canvas by its web service, for whoever has an access token.

https://developerdocs.instructure.com/services/canvas: users of a course, and PUT of a submission.
"""

import warnings
from collections.abc import Callable
from typing import Any, Final

from grader.errors import UsageError
from grader.extras import importing
from grader.publishing.services import (
    BUSY,
    SECONDS,
    Answer,
    BusyError,
    Participants,
    RefusedError,
    address,
    patiently,
    quoted,
    token_in,
)
from grader.reports.wording import number

with importing("lms", "Sending grades to Canvas needs"):
    import requests
    from canvasapi import exceptions
    from canvasapi.course import Course
    from canvasapi.requester import Requester
    from canvasapi.submission import Submission
    from requests.adapters import HTTPAdapter

TOKEN: Final = "GRADER_CANVAS_TOKEN"  # noqa: S105 - the variable's name
_COLUMNS: Final = {
    "ID": "id",
    "SIS User ID": "sis_user_id",
    "SIS Login ID": "login_id",
    "Integration ID": "integration_id",
    "Email": "email",
}


class _Adapter(HTTPAdapter):  # type: ignore[misc]
    """Waits for an answer no longer than it should: the library sets no limit."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Send a request as it is sent otherwise."""
        return super().send(request, *args, **{**kwargs, "timeout": SECONDS})


class Canvas:
    """An assignment of a course at Canvas."""

    def __init__(self, url: str, course: int, assignment: int) -> None:
        self.url, self.course, self.assignment = address(url), course, assignment
        if self.url.endswith("/api/v1"):
            raise UsageError(f"Name Canvas by its address alone, without /api/v1: {url}.")
        self._token = token_in(TOKEN)
        self._requester = Requester(self.url, self._token)
        for scheme in ("http://", "https://"):
            self._requester._session.mount(scheme, _Adapter())

    @property
    def where(self) -> str:
        """What publications are said to be at."""
        return f"Canvas {self.url}, course {self.course}, assignment {self.assignment}"

    def participants(self) -> Participants:
        """Return the students of the course, the one for tests left out.

        Raises UsageError where Canvas does not tell.
        """
        course = Course(self._requester, {"id": self.course})
        assignment = self._asked(lambda: course.get_assignment(self.assignment))
        every = self._asked(
            lambda: list(course.get_users(enrollment_type=["student"], include=["email"]))
        )
        rows = {
            int(each.id): [str(getattr(each, name, None) or "") for name in _COLUMNS.values()]
            for each in every
        }
        return Participants(tuple(_COLUMNS), rows, getattr(assignment, "points_possible", None))

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return self._called(question)
        except exceptions.ResourceDoesNotExist as error:
            raise UsageError(
                f"Canvas knows no assignment {self.assignment} in course {self.course}, or the "
                "token's owner may not see it. Both numbers stand in the address of its page: "
                "…/courses/COURSE/assignments/ASSIGNMENT."
            ) from error
        except exceptions.CanvasException as error:
            raise UsageError(f"Canvas refuses: {quoted(error, self._token)}.") from error

    def send(self, user: int, grade: float) -> str:
        """Set a student's grade, and return what is to be told where Canvas counts another.

        Raises RefusedError and UsageError as all services do.
        """
        known = {"course_id": self.course, "assignment_id": self.assignment, "user_id": user}
        submission = Submission(self._requester, known)
        try:
            self._called(lambda: submission.edit(submission={"posted_grade": number(grade)}))
        except exceptions.CanvasException as error:
            raise RefusedError(quoted(error, self._token)) from error
        score = getattr(submission, "score", None)
        if score is None or float(score) != grade:
            return f"Canvas counts {score} in the place of {number(grade)}: see its late policy"
        return ""

    def _called(self, call: Callable[[], Answer]) -> Answer:
        """Return what a call answers, made again while Canvas is busy.

        Raises UsageError where the token is refused, and what the library does otherwise.
        """

        def once() -> Answer:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return call()
            except (exceptions.InvalidAccessToken, exceptions.Unauthorized) as error:
                raise UsageError(f"Canvas does not take the token in {TOKEN}.") from error
            except exceptions.CanvasException as error:
                if _is_busy(error):
                    raise BusyError(quoted(error, self._token)) from error
                raise
            except requests.RequestException as error:
                raise BusyError(type(error).__name__) from error

        return patiently(once, f"Canvas at {self.url}")


def _is_busy(error: Exception) -> bool:
    # Its documentation has both: 403 with these words, and 429.
    if isinstance(error, exceptions.RateLimitExceeded) or "Rate Limit Exceeded" in str(error):
        return True
    return any(str(error).endswith(f"status code {status}") for status in BUSY)
