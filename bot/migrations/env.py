"""Runs the migrations on the connection that `bot.database` hands over."""

from alembic import context

from bot.tables import metadata

connection = context.config.attributes["connection"]
# Batch mode rebuilds a table where SQLite cannot alter it in place.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
