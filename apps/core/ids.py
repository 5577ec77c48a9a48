"""Identifiers."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def first_id_at(moment: datetime) -> UUID:
    """Return the least id that can have been made at a moment: ids at or above it are not older."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): unique, and ordered by the time it was made.

    Ids are made here and not by the database, because `RETURNING` fails on a row that row security hides.
    """
    return uuid7()
