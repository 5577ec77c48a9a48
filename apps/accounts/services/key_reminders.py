"""Keys that run out soon: whoever made one hears of it in time to replace it."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from apps.accounts.events import KeyEnding
from apps.accounts.models import ApiKey
from apps.core import clock, scope
from apps.events.interface import publish
from apps.jobs.interface import jobs

AHEAD = timedelta(days=14)


def ending_keys_sweep() -> int:
    """Have every workspace tell of its keys that run out within two weeks; return how many workspaces that were."""
    with scope.as_role("platform"):
        tenants = list(_ending().order_by().values_list("tenant_id", flat=True).distinct())
    for tenant_id in tenants:
        with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
            jobs().enqueue(task="accounts.tell_of_ending_keys", arguments={}, unique=str(tenant_id))
    return len(tenants)


def ending_keys_tell() -> int:
    """Tell of each key of the workspace in scope that runs out within two weeks, once; return of how many."""
    told = 0
    with transaction.atomic():
        for key in _ending().filter(tenant_id=scope.tenant_id()).select_for_update():
            publish(KeyEnding(key_id=key.id, expires_at=key.expires_at))
            told += 1
            key.reminded_at = clock.now()
            key.save(update_fields=["reminded_at"])
    return told


def _ending() -> QuerySet[ApiKey]:
    now = clock.now()
    ending = ApiKey.objects.filter(
        revoked_at=None, reminded_at=None, expires_at__gt=now, expires_at__lte=now + AHEAD
    )
    # Who made a key for some days only knows of its end.
    return ending.filter(expires_at__gt=F("created_at") + AHEAD)
