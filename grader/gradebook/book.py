"""Opening a gradebook: one SQLite file, brought to the tables of this version.

SQLite's own journal makes each change whole or undone, whatever ends a process; whoever writes
takes the file first and waits for others, so that two at once lose nothing.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic.command import upgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from grader.errors import UsageError
from grader.gradebook.tables import Assignment
from grader.models import FieldError

# How long a call waits for another that is writing. Each writes for some milliseconds at a time.
WAIT_SECONDS: Final = 60
# What tells the file from any other SQLite file, as `file` and SQLite's own pragma show it.
APPLICATION: Final = 0x6E626772
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_HEADER: Final = b"SQLite format 3\0"
_BEGINS: Final = "begins"


class Gradebook:
    """A gradebook that is open; `path` is its file, `folder` where results' places begin."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.folder = self.path.parent
        self._engine = _engine(self.path)

    @classmethod
    def opened(cls, path: Path, *, create: bool = False) -> "Gradebook":
        """Return the gradebook in a file, of this version's tables.

        Raises UsageError where there is none and none is to be made, where it is another file, or
        where a later version of the grader wrote it.
        """
        _require(path, create=create)
        book = cls(path)
        try:
            book._migrate()
        except (DatabaseError, CommandError) as error:
            raise _unusable(path, error) from error
        return book

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read what the book holds at one moment."""
        with self._session("DEFERRED") as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Change the book: all that is done in it at the end, or nothing where it raises."""
        with self._session("IMMEDIATE") as session:
            yield session
            session.commit()

    @contextmanager
    def _session(self, begins: str) -> Iterator[Session]:
        engine = self._engine.execution_options(**{_BEGINS: begins})
        try:
            with Session(engine, expire_on_commit=False) as session:
                yield session
        except DatabaseError as error:
            # What is derived from it, but for this one, is a fault of the grader's own.
            if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
                raise
            raise _unusable(self.path, error) from error
        except FieldError as error:
            raise UsageError(
                f"The gradebook {self.path} holds a result that cannot be read ({error}). Restore "
                "a copy of the file, or grade into another."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        newest = ScriptDirectory.from_config(config).get_current_head()
        with self._engine.execution_options(**{_BEGINS: "DEFERRED"}).connect() as connection:
            if MigrationContext.configure(connection).get_current_revision() == newest:
                return
        with self._engine.execution_options(**{_BEGINS: "IMMEDIATE"}).begin() as connection:
            config.attributes["connection"] = connection
            upgrade(config, "head")
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")


def assignment_named(session: Session, name: str | None) -> Assignment:
    """Return an assignment of the book, the only one where no name is given.

    Raises UsageError where there is none of that name, or where there are several.
    """
    every = list(session.scalars(select(Assignment).order_by(Assignment.name)))
    known = ", ".join(each.name for each in every)
    if not every:
        raise UsageError(
            "The gradebook holds no assignment yet: `grade FOLDER --gradebook BOOK` fills it."
        )
    if name is None:
        if len(every) > 1:
            raise UsageError(f"The gradebook holds {known}: say which, by --assignment NAME.")
        return every[0]
    found = next((each for each in every if each.name == name), None)
    if found is None:
        raise UsageError(f"The gradebook holds no assignment {name!r}; it holds {known}.")
    return found


def _require(path: Path, *, create: bool) -> None:
    """Raise UsageError where the file cannot be a gradebook."""
    try:
        # A pipe would be waited for.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UsageError(f"{path} is no ordinary file. Name another.")
        with path.open("rb") as file:
            head = file.read(72)
    except FileNotFoundError:
        if not create:
            raise UsageError(
                f"There is no gradebook {path}: `grade FOLDER --gradebook {path}` makes one."
            ) from None
        if not path.absolute().parent.is_dir():
            raise UsageError(
                f"{path} cannot be made: its folder is not there. Make it, or name another."
            ) from None
        return
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    own = int.from_bytes(head[68:72], "big") in (APPLICATION, 0)
    if head and not (head.startswith(_HEADER) and own):
        raise UsageError(f"{path} is no gradebook, and nothing was written to it. Name another.")


def _unusable(path: Path, error: Exception) -> UsageError:
    """Return what is to be told where the file cannot be used."""
    if isinstance(error, CommandError):
        return UsageError(
            f"{path} was written by a later version of the grader: use that one, or restore the "
            "file of before."
        )
    told = str(getattr(error, "orig", None) or error)
    if "locked" in told:
        told = f"another call has been writing to it for {WAIT_SECONDS} s; try again after it"
    return UsageError(f"The gradebook {path} cannot be used: {told}.")


def _engine(path: Path) -> Engine:
    """Return an engine whose transactions begin as its connections are told to.

    Python's sqlite3 would begin them by itself, later and less strictly.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        begins = connection.get_execution_options().get(_BEGINS, "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {begins}")

    return engine
