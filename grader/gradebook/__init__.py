"""The gradebook of a course: one SQLite file with people, attempts, decisions and grades."""

from grader.errors import UsageError
from grader.extras import belonging, installing

try:
    import alembic as _alembic
    import sqlalchemy as _sqlalchemy
except ModuleNotFoundError as _error:
    raise UsageError(
        f"A gradebook needs {_error.name}, which is not installed here: "
        f"`{installing(belonging('course'))}`."
    ) from _error

__all__: list[str] = []
del _alembic, _sqlalchemy
