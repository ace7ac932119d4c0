"""Councils whose data lies in the database, and reminders of reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make what hosting needs."""
    op.create_table(
        "hosted_councils",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    op.create_table(
        "hosted_versions",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("in_force", sa.String(10)),
        sa.Column("review_due", sa.String(10)),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "reminders",
        sa.Column("council", sa.String(64), primary_key=True),
        sa.Column("due", sa.String(10), primary_key=True),
        sa.Column("mark", sa.String(16), primary_key=True),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
    )
