"""Servers on this machine that answer as Canvas and Moodle are documented to.

Canvas: https://developerdocs.instructure.com/services/canvas, users, submissions, throttling.
Moodle: mod/assign/externallib.php and the REST server's own exceptions.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "7~secretTokenOfATest"
PEOPLE = [
    (501, "Anna Lee", "anna", "anna@uni.edu"),
    (502, "Boris", "boris", "boris@uni.edu"),
    (503, "Somebody Else", "else", "else@uni.edu"),
]


@dataclass
class Platform:
    """What a server was told, and how it is to behave.

    `troubles` are statuses that the next calls are answered with, the first first. `refused` are
    users whose grades it does not take, and `most` is what the assignment gives.
    """

    grades: dict[int, float] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    troubles: list[int] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    late_policy: float = 0.0
    most: float = 5.0
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    platform: Platform

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def answered(self, status: int, answer: object, **headers: str) -> None:
        """Send an answer."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def form(self) -> dict[str, str]:
        """Return what was sent."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        return {name: values[0] for name, values in parse_qs(body).items()}


class _Canvas(_Handler):
    def do_GET(self) -> None:
        """Answer about the assignment and the course's users."""
        if not self._may():
            return
        parts = urlsplit(self.path)
        if parts.path == "/api/v1/courses/7/assignments/42":
            told = {"id": 42, "name": "Tiny", "points_possible": self.platform.most}
            self.answered(200, {**told, "course_id": 7})
        elif parts.path == "/api/v1/courses/7/search_users":
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            link = (
                f'<{self.platform.url}/api/v1/courses/7/search_users?page={page + 1}>; rel="next"'
            )
            users = [
                {
                    "id": number,
                    "name": name,
                    "sortable_name": name,
                    "sis_user_id": None,
                    "login_id": login,
                    "email": email,
                }
                for number, name, login, email in PEOPLE[2 * page - 2 : 2 * page]
            ]
            self.answered(200, users, **({"Link": link} if page == 1 else {}))
        else:
            told = {"errors": [{"message": "The specified resource does not exist."}]}
            self.answered(404, told)

    def do_PUT(self) -> None:
        """Take a grade."""
        form = self.form()
        if not self._may():
            return
        user = int(self.path.rpartition("/")[2])
        if user in self.platform.refused:
            told = {"status": "unauthorized", "errors": [{"message": "not authorized"}]}
            self.answered(403, told)
            return
        assert self.path == f"/api/v1/courses/7/assignments/42/submissions/{user}"
        grade = float(form["submission[posted_grade]"])
        self.platform.grades[user] = grade
        score = grade - self.platform.late_policy
        graded = {"id": 1, "user_id": user, "grade": f"{score}", "score": score}
        self.answered(200, {**graded, "workflow_state": "graded", "assignment_id": 42})

    def _may(self) -> bool:
        self.platform.calls.append(f"{self.command} {urlsplit(self.path).path}")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            told = {"errors": [{"message": "Invalid access token."}]}
            self.answered(401, told, WWW_Authenticate='Bearer realm="canvas-lms"')
            return False
        if self.platform.troubles:
            status = self.platform.troubles.pop(0)
            self.answered(status, b"403 Forbidden (Rate Limit Exceeded)" if status == 403 else {})
            return False
        return True


class _Moodle(_Handler):
    def do_POST(self) -> None:
        """Answer a call of a function."""
        form = self.form()
        self.platform.calls.append(form["wsfunction"])
        assert self.path == "/webservice/rest/server.php"
        assert form["moodlewsrestformat"] == "json"
        if self.platform.troubles:
            self.answered(self.platform.troubles.pop(0), b"<html>busy</html>", Retry_After="0")
        elif form["wstoken"] != TOKEN:
            self._failed("moodle_exception", "invalidtoken", "Invalid token - token not found")
        else:
            getattr(self, form["wsfunction"])(form)

    def _failed(self, exception: str, code: str, message: str) -> None:
        told: dict[str, Any] = {"exception": exception, "errorcode": code, "message": message}
        self.answered(200, told)

    def mod_assign_list_participants(self, form: dict[str, str]) -> None:
        """Answer who takes an assignment."""
        if form["assignid"] != "42":
            message = "Can't find data record in database table assign."
            self._failed("dml_missing_record_exception", "invalidrecord", message)
            return
        told = [
            {"id": number, "fullname": name, "username": login, "email": email, "submitted": True}
            for number, name, login, email in PEOPLE
        ]
        self.answered(200, told)

    def mod_assign_save_grades(self, form: dict[str, str]) -> None:
        """Take a grade."""
        user = int(form["grades[0][userid]"])
        wanted = {"assignmentid", "applytoall"}
        wanted |= {
            f"grades[0][{name}]"
            for name in ("userid", "grade", "attemptnumber", "addattempt", "workflowstate")
        }
        assert wanted <= form.keys()
        if user in self.platform.refused:
            message = "Sorry, but you do not currently have permissions to do that."
            self._failed("required_capability_exception", "nopermissions", message)
            return
        self.platform.grades[user] = float(form["grades[0][grade]"])
        self.answered(200, None)


@contextmanager
def served(kind: str) -> Iterator[Platform]:
    """Serve a platform on this machine for a while."""
    platform = Platform()
    handler = type("Handler", ({"canvas": _Canvas, "moodle": _Moodle}[kind],), {})
    handler.platform = platform  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    platform.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
