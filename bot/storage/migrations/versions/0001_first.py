"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything that one council needs."""
    op.create_table(
        "conversations",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "counts",
        sa.Column("council", sa.String(64), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("theme", sa.String(64), primary_key=True),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("event", sa.String(255), primary_key=True),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
    )
    op.create_index("events_by_claimed", "events", ["claimed"])
    op.create_table(
        "feedback",
        sa.Column("council", sa.String(64), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("intent", sa.String(64), primary_key=True),
        sa.Column("outcome", sa.String(16), primary_key=True),
        sa.Column("helpful", sa.Integer(), nullable=False),
        sa.Column("unhelpful", sa.Integer(), nullable=False),
    )
    op.create_table(
        "installations",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "invitations",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("sealed_clerk", sa.Text()),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger()),
    )
    op.create_table(
        "roles",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
    )
    op.create_table(
        "states",
        sa.Column("code", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "told",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("person", sa.String(32), primary_key=True),
        sa.Column("what", sa.String(40), primary_key=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("told_by_expires", "told", ["expires"])
    op.create_table(
        "workspaces",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(255), primary_key=True),
        sa.Column("council", sa.String(64), nullable=False),
        sa.Column("sealed_clerk", sa.Text()),
        sa.Column("tied", sa.BigInteger(), nullable=False),
    )
    op.create_index("workspaces_by_council", "workspaces", ["council"])
