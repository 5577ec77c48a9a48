"""Answers of the database that are kept in Valkey until they change.

A kept answer names the version that it was read under, and every change makes a new version. So a change takes
effect at once, everywhere, and a slow reader can't put an old answer back. While Valkey is away, the database answers.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import structlog
from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

LIFETIME = 300  # seconds
LONGEST_CHANGE = 120  # seconds that a transaction may take
CHANGING = "changing"
log = structlog.get_logger(__name__)


def kept(key: str, *, version: str, read: Callable[[], Any], lifetime: int = LIFETIME) -> Any:
    """Return the answer of this key, as it was read last, or by `read`.

    :param version: the name of what makes the answer out of date, for `changed`
    :param read: asks the database; what it returns is pickled
    :param lifetime: seconds that a change may wait if Valkey was away when it was made
    """
    try:
        found = cache.get_many([version, key])
        present = found.get(version) or _first(version)
    except RedisError as error:
        log.debug("answer_not_kept", key=key, error=str(error))  # the pool has said so once
        return read()
    if present == CHANGING:
        return read()
    if (entry := found.get(key)) and entry["version"] == present:
        return entry["answer"]
    answer = read()
    with suppress(RedisError):
        cache.set(key, {"version": present, "answer": answer}, timeout=lifetime)
    return answer


def changed(version: str) -> None:
    """Have every process read the database again. Call it once a change is committed."""
    _set(version, str(uuid4()), timeout=None)


def changing(version: str) -> None:
    """Have every process read the database until the open transaction is over, and keep what it reads from then on.

    A transaction that is rolled back is thus forgotten too, within `LONGEST_CHANGE`.
    """
    _set(version, CHANGING, timeout=LONGEST_CHANGE)
    transaction.on_commit(lambda: changed(version))


def _first(version: str) -> str:
    cache.add(version, str(uuid4()), timeout=None)
    return str(cache.get(version))


def _set(version: str, value: str, *, timeout: int | None) -> None:
    try:
        cache.set(version, value, timeout=timeout)
    except RedisError as error:
        log.warning("change_delayed", version=version, seconds=LIFETIME, error=str(error))
