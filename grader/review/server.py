"""Serving the page of a gradebook on this machine, until it is ended."""

import socket
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Final

import uvicorn
from rich.console import Console
from sqlalchemy import func, select
from starlette.types import ASGIApp

from grader.course.bookkeeping.booking import folders_of
from grader.course.bookkeeping.commands import bring_up_to_date
from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import user
from grader.gradebook.tables import Decision
from grader.reports.github import say
from grader.review.app import application
from grader.review.items import Desk, View
from grader.review.office import Office
from grader.review.security import TOKEN, new_token

_HOST: Final = "127.0.0.1"
# How long answers that are under way may take when it is ended.
_LAST_SECONDS: Final = 10


def review(
    path: Path,
    *,
    assignment: str | None,
    who: str | None,
    port: int,
    browse: bool,
    names: bool,
    second: float,
) -> None:
    """Serve the page until Ctrl-C, then write the reports anew.

    Raises UsageError where the gradebook or the port cannot be used.
    """
    book = Gradebook.opened(path)
    desk = Desk(book, assignment, who or user(), names, second)
    with book.reading() as session:
        view = desk.look(session)
        desk.assignment = view.assignment.name
    with listening(port) as listener:
        port, token = listener.getsockname()[1], new_token()
        app, office = application(desk, token=token, port=port)
        server = uvicorn.Server(configured(app))
        console = Console()
        try:
            _tell(console, view, desk, f"http://{_HOST}:{port}/?{TOKEN}={token}", browse=browse)
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            say(console, "")
    _write(office, console)


def configured(app: ASGIApp) -> uvicorn.Config:
    """Return how an application is served."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # The token would stand there.
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    # Once the address is told there is no more to wait for.
    config.load()
    return config


def _tell(console: Console, view: View, desk: Desk, address: str, *, browse: bool) -> None:
    waiting = sum(each.waits for each in view.items)
    say(console, f"{waiting} of {len(view.items)} wait for a person in {view.assignment.name}.")
    say(console, f"You decide as {desk.who}. Open {address}")
    say(console, "Each decision is saved at once. Ctrl-C ends this and writes the reports.")
    if browse:
        webbrowser.open(address)


def listening(port: int) -> socket.socket:
    """Return what listens on this machine alone, on any free port for 0.

    Raises UsageError where the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        # Whoever opens the address at once waits for the rest to start.
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} cannot be used ({error.strerror}): name another by --port, or none."
        ) from error
    return listener


def _write(office: Office, console: Console) -> None:
    """Write reports anew where they are older than what was decided."""
    book = office.desk.book
    if office.changed or _stale(book):
        bring_up_to_date(book)
        say(console, "The reports are up to date.")


def _stale(book: Gradebook) -> bool:
    """Whether something was decided after a folder's reports were written: a server was killed."""
    with book.reading() as session:
        moments = session.execute(select(func.max(Decision.at), func.max(Decision.undone_at))).one()
    latest = max((each for each in moments if each is not None), default=None)
    if latest is None:
        return False
    tables = (folder / "grades.csv" for folder in folders_of(book.path))
    return any(_written(each) < latest for each in tables if each.exists())


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
