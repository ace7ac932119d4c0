"""The tables. `migrations/` makes them; a test holds the two together.

Times are seconds since 1970. `person` and `code` are keyed hashes; a column called `sealed` is encrypted.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("sealed", Text, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("council", String(64), nullable=False),
    Column("sealed_clerk", Text),
    Column("tied", BigInteger, nullable=False),
    Index("workspaces_by_council", "council"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("council", String(64), nullable=False),
    Column("sealed_clerk", Text),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
)

installations = Table(
    "installations",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("saved", BigInteger, nullable=False),
)

states = Table(
    "states",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("event", String(255), primary_key=True),
    Column("claimed", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
    Index("events_by_claimed", "claimed"),
)

roles = Table(
    "roles",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("sealed", Text, nullable=False),
)

told = Table(
    "told",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("what", String(40), primary_key=True),
    Column("expires", BigInteger, nullable=False),
    Index("told_by_expires", "expires"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("workspace", String(255), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("saved", BigInteger, nullable=False),
)

counts = Table(
    "counts",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("theme", String(64), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("outcome", String(16), primary_key=True),
    Column("helpful", Integer, nullable=False),
    Column("unhelpful", Integer, nullable=False),
)

hosted_councils = Table(
    "hosted_councils",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
)

hosted_versions = Table(
    "hosted_versions",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("in_force", String(10)),
    Column("review_due", String(10)),
    Column("files", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("council", String(64), primary_key=True),
    Column("due", String(10), primary_key=True),
    Column("mark", String(16), primary_key=True),
    Column("claimed", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
)
