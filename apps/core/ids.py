"""Identifiers."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): unique, and ordered by the time it was made.

    Ids are made here and not by the database, because `RETURNING` fails on a row that row security hides.
    """
    return uuid7()
