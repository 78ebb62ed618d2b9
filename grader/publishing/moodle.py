"""Grades sent to Moodle by its web service, for whoever has a token of one.

It has to offer `mod_assign_list_participants` and `mod_assign_save_grades`.
"""

from typing import Any, Final

from grader.errors import UsageError
from grader.extras import importing
from grader.publishing.services import (
    BUSY,
    SECONDS,
    BusyError,
    Participants,
    RefusedError,
    address,
    patiently,
    quoted,
    token_in,
)
from grader.reports.wording import number

with importing("lms", "Sending grades to Moodle needs"):
    import httpx

TOKEN: Final = "GRADER_MOODLE_TOKEN"  # noqa: S105 - the variable's name
# `id` is a number that Moodle shows nowhere: it identifies nobody of a roster.
_COLUMNS: Final = {"ID number": "idnumber", "Username": "username", "Email address": "email"}
_LISTING: Final = "mod_assign_list_participants"
_SAVING: Final = "mod_assign_save_grades"
# What is wrong with every call, whichever student it is about.
_OF_ALL: Final = ("invalidtoken", "accessexception", "webservicesnotenabled", "servicenotavailable")


class _MoodleError(Exception):
    """What Moodle answers in the place of a result."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})" if code else message)
        self.code = code


class Moodle:
    """An assignment at Moodle, by its own number: not that of the page in its address."""

    def __init__(self, url: str, assignment: int) -> None:
        self.url, self.assignment = address(url), assignment
        self._token = token_in(TOKEN)
        # Where it sends one on to may be anybody: the token does not go along.
        self._client = httpx.Client(timeout=SECONDS, follow_redirects=False)

    @property
    def where(self) -> str:
        """What publications are said to be at."""
        return f"Moodle {self.url}, assignment {self.assignment}"

    def participants(self) -> Participants:
        """Return who may hand in. Raises UsageError where Moodle does not tell."""
        try:
            every = self._call(_LISTING, {"assignid": self.assignment, "groupid": 0, "filter": ""})
        except _MoodleError as error:
            raise UsageError(
                f"Moodle refuses to list who takes assignment {self.assignment}: {error}. The "
                f"token's service needs {_LISTING} and {_SAVING}; the assignment's number is the "
                "instance's, not the id in the address of its page."
            ) from error
        if not isinstance(every, list) or not all(isinstance(each, dict) for each in every):
            raise UsageError(f"{self.url} does not answer {_LISTING} as Moodle does.")
        rows = {
            int(each["id"]): [str(each.get(name) or "") for name in _COLUMNS.values()]
            for each in every
            if "id" in each
        }
        return Participants(tuple(_COLUMNS), rows)

    def send(self, user: int, grade: float) -> str:
        """Set a student's grade of the last attempt at Moodle, as released.

        Raises RefusedError and UsageError as all services do.
        """
        told = {
            "assignmentid": self.assignment,
            "applytoall": 0,
            "grades[0][userid]": user,
            "grades[0][grade]": number(grade),
            "grades[0][attemptnumber]": -1,
            "grades[0][addattempt]": 0,
            "grades[0][workflowstate]": "released",
        }
        try:
            self._call(_SAVING, told)
        except _MoodleError as error:
            if error.code in _OF_ALL:
                raise UsageError(f"Moodle refuses: {error}.") from error
            raise RefusedError(str(error)) from error
        return ""

    def _call(self, function: str, arguments: dict[str, Any]) -> Any:
        """Return what a function answers, called again while Moodle is busy.

        Raises _MoodleError where it answers that something is wrong, and UsageError where it does
        not answer as Moodle does.
        """
        return patiently(lambda: self._once(function, arguments), f"Moodle at {self.url}")

    def _once(self, function: str, arguments: dict[str, Any]) -> Any:
        # In the body: addresses are written to logs.
        data = {
            "wstoken": self._token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **{name: str(value) for name, value in arguments.items()},
        }
        try:
            response = self._client.post(f"{self.url}/webservice/rest/server.php", data=data)
        except httpx.HTTPError as error:
            raise BusyError(type(error).__name__) from error
        if response.status_code in BUSY:
            raise BusyError(f"status {response.status_code}", _after(response))
        if response.status_code != httpx.codes.OK:
            raise UsageError(
                f"{self.url} answers with status {response.status_code}. Is it Moodle's own "
                "address, and are its web services on?"
            )
        try:
            answer = response.json()
        except ValueError as error:
            raise UsageError(f"{self.url} does not answer as Moodle's web service does.") from error
        if isinstance(answer, dict) and "exception" in answer:
            code = quoted(answer.get("errorcode") or "", self._token)
            raise _MoodleError(code, quoted(answer.get("message") or "no reason", self._token))
        return answer


def _after(response: httpx.Response) -> float | None:
    """Return in how many seconds it wants to be called again."""
    said = response.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else None
