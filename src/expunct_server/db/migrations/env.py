"""Alembic's entry: runs in the connection and transaction that `db.migrate` opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], target_metadata=None, transaction_per_migration=False
)
context.run_migrations()
