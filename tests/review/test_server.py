"""`grader review` as a command: it serves until it is ended, and reports follow."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from grader.cli import grader
from tests.gradebook.course import Course
from tests.review import course as made
from tests.review.serving import Served, served

pytestmark = pytest.mark.xdist_group("gradebook")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course of one notebook that was really graded."""
    course = Course.made(tmp_path_factory.mktemp("graded"))
    course.hand_in("anna")
    assert course.grade() == 0
    return course


@contextmanager
def decided(server: Served, points: str) -> Iterator[httpx2.Client]:
    """Give the first item points, and have the client that did."""
    headers = {"origin": server.url("")}
    with httpx2.Client(base_url=server.url("/"), follow_redirects=True, headers=headers) as client:
        client.get(server.address).raise_for_status()
        path = client.get("/first", params={"of": "why.sum"}).url.path
        client.post(f"{path}/points", data={"points": points, "seen": "0"}).raise_for_status()
        yield client


def told(course: Course) -> tuple[float, str]:
    """Return the points of the criterion in the student's own file, and its message."""
    result = json.loads((course.results / "anna.json").read_text("utf-8"))
    check = result["exercises"][1]["checks"][0]
    return check["points"], check["comment"]


def test_reports_are_written_by_a_button_and_at_the_end(graded: Course) -> None:
    """Both bring a student's files to what was decided, and say how it went."""
    with served(graded.book, "--as", "maria") as server:
        assert "2 of 2 wait for a person in tiny." in server.told
        with decided(server, "1.5") as client:
            assert told(graded)[0] == 0
            assert "All reports are up to date." in client.post("/write").text
            assert told(graded)[0] == 1.5
            client.post("/undo").raise_for_status()
        assert "The reports are up to date." in server.end()
        assert server.process.returncode == 0
    assert told(graded)[0] == 0
    assert "Traceback" not in server.told


def test_reports_follow_what_was_decided_before_a_kill(graded: Course) -> None:
    """The next server that ends well writes what the killed one could not."""
    with served(graded.book, "--as", "maria") as server, decided(server, "2"):
        server.end(signal.SIGKILL)
    assert told(graded)[0] == 0
    # The decision is a second old at least, as times are kept.
    table = graded.results / "grades.csv"
    os.utime(table, (time.time() - 60, time.time() - 60))
    with served(graded.book) as server:
        assert "1 of 2 wait" in server.told
        server.end(signal.SIGTERM)
    assert told(graded) == (2, "Read by a person: 2 of 2 points.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.db"], "There is no gradebook"),
        (["course.db", "--assignment", "other"], "holds no assignment 'other'"),
    ],
)
def test_a_gradebook_that_cannot_be_reviewed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    """In a sentence, before anything is served."""
    monkeypatch.chdir(tmp_path)
    made.Course(tmp_path).hand_in(["It doubles."])
    done = CliRunner().invoke(grader, ["review", "--no-open", *arguments])
    assert done.exit_code == 2
    assert sentence in done.output


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With what to do."""
    course = made.Course(tmp_path).hand_in(["It doubles."])
    with served(course.path) as server:
        options = ["--no-open", "--port", str(server.port)]
        done = CliRunner().invoke(grader, ["review", str(course.path), *options])
    assert done.exit_code == 2
    assert f"Port {server.port} cannot be used" in done.output


def test_a_form_that_breaks_off_is_passed_over(tmp_path: Path) -> None:
    """A tab that is closed while it sends one changes nothing, and is nothing to be told of."""
    course = made.Course(tmp_path).hand_in(["It doubles."])
    with served(course.path) as server, httpx2.Client(follow_redirects=True) as client:
        cookie = client.get(server.address).request.headers["cookie"]
        path = client.get(server.url("/first"), params={"of": "why.sum"}).url.path
        head = [
            f"POST {path}/points HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            f"Origin: {server.url('')}",
            f"Cookie: {cookie}",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 1000",
        ]
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall("\r\n".join([*head, "", "points=2&"]).encode())
        client.get(server.url("/")).raise_for_status()
        said = server.end()
    assert "Traceback" not in said
    assert "ClientDisconnect" not in said
