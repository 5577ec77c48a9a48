"""A key is presented: on the path of every request of a program, so it takes one statement."""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.interface import AddressRefused, KeyRefused
from apps.accounts.key_text import hashed, matches, parts
from apps.accounts.models import ApiKey
from apps.audit.interface import record_attempt
from apps.core import clock, placement, scope
from apps.core.db.prepared import Prepared
from apps.core.http.ranges import is_within

USE_IS_NOTED_EVERY = timedelta(minutes=1)


def key_authenticate(*, presented: str) -> ApiKey:
    """Return the usable key that was presented from the address in scope.

    :raises KeyRefused: if there is none
    :raises AddressRefused: if it may not be used from there
    """
    found = parts(presented)
    if found is None:
        raise KeyRefused
    prefix, secret = found
    address = scope.current().address
    tenant_id = _tenant_of(prefix)
    with scope.use(tenant_id=tenant_id, cell=placement.last_seen_cell(tenant_id)):
        key = next(iter(_with_prefix.rows(prefix)), None)
        if key is None or not key.is_usable or not _opens(key, secret):
            raise KeyRefused
        if key.ranges and not is_within(address, key.ranges):
            _record_refusal(key, address)
            raise AddressRefused
        _note_use(key, secret, address)
    return key


_with_prefix = Prepared(lambda prefix: ApiKey.objects.filter(prefix=prefix), str)


@lru_cache(maxsize=10_000)
def _tenant_of(prefix: str) -> UUID:
    # Remembered, for a key never moves. Whether it still opens anything is read in its tenant each time.
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from accounts_resolve_key(%s)", [prefix])
        row = cursor.fetchone()
    if row is None:
        raise KeyRefused
    return row[0]


def _opens(key: ApiKey, secret: str) -> bool:
    return matches(secret, key.secret_hash) or (key.overlaps and matches(secret, key.previous_hash))


def _note_use(key: ApiKey, secret: str, address: str) -> None:
    """Note when and from where a key was last used, and move it to the newest pepper."""
    now = clock.now()
    if key.last_used_at is not None and now - key.last_used_at <= USE_IS_NOTED_EVERY:
        return
    noted = {"last_used_at": now, "last_used_from": address}
    with transaction.atomic():
        ApiKey.objects.filter(id=key.id).update(**noted)
        if matches(secret, key.secret_hash) and key.secret_hash != hashed(secret):
            # Not what a rotation has put there meanwhile.
            ApiKey.objects.filter(id=key.id, secret_hash=key.secret_hash).update(secret_hash=hashed(secret))


def _record_refusal(key: ApiKey, address: str) -> None:
    with scope.use(actor=scope.Actor(kind="key", id=key.id, label=key.name)):
        record_attempt(
            action="keys.refused",
            target_type="key",
            target_id=key.id,
            target_label=key.name,
            after={"address": address},
        )
