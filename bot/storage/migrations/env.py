"""Runs the migrations on the connection that `bot.storage.opening` gives, inside its transaction and under its lock."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
