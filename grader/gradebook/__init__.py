"""The gradebook of a course: one SQLite file with people, attempts, decisions and grades."""

from grader.extras import importing

with importing("course", "A gradebook needs"):
    import alembic as _alembic
    import sqlalchemy as _sqlalchemy

__all__: list[str] = []
del _alembic, _sqlalchemy
