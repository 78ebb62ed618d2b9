"""How Alembic reaches the tables: over the connection that it is handed."""

from alembic import context

from grader.gradebook.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot change a column in its place.
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
