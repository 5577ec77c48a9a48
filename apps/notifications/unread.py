"""How many notifications a person has not read: on every page, so it is kept in the cache.

A count that was read while somebody was being told may be late, by a minute at most. Without Valkey the database
counts.
"""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from apps.core import scope
from apps.notifications import selectors

LIFETIME = 60  # seconds

log = structlog.get_logger()


def count() -> int:
    """Return how many notifications the person in scope has not read; nobody has none."""
    person = scope.current().user_id
    if person is None:
        return 0
    try:
        known: int | None = cache.get(_key(person))
    except RedisError as error:
        log.warning("unread_uncached", error=str(error))
        return selectors.count_unread()
    if known is None:
        known = selectors.count_unread()
        with suppress(RedisError):
            cache.set(_key(person), known, timeout=LIFETIME)
    return known


def forget(people: Iterable[UUID]) -> None:
    """Count anew for some people, now and once the transaction is committed."""
    keys = [_key(person) for person in people]
    _delete(keys)
    transaction.on_commit(lambda: _delete(keys))


def _delete(keys: list[str]) -> None:
    with suppress(RedisError):  # a minute later they are gone anyway
        cache.delete_many(keys)


def _key(person: UUID) -> str:
    return f"unread:{scope.tenant_id()}:{person}"
