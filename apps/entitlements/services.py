"""Changing what is known of a tenant's plan, and claiming what it includes."""

from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from apps.core import answers, clock
from apps.core.db.walls import demand_transaction
from apps.entitlements import catalogue
from apps.entitlements.deciding import entitled, without_room
from apps.entitlements.interface import PlanFacts, Standing
from apps.entitlements.models import CurrentPlan, LimitLock, Override
from apps.entitlements.remedy import no_room, read_only
from apps.entitlements.selectors import grants_of, version_of


def facts_set(*, tenant_id: UUID, facts: PlanFacts) -> None:
    """Note which plan a tenant has."""
    with transaction.atomic():
        CurrentPlan.objects.update_or_create(
            tenant_id=tenant_id, defaults=asdict(facts) | {"changed_at": clock.now()}
        )
        answers.changing(version_of(tenant_id))


def override_end(*, override: Override) -> None:
    """End an override now."""
    with transaction.atomic():
        override.ends_at = clock.now()
        override.save(update_fields=["ends_at"])
        answers.changing(version_of(override.tenant_id))


def claim(*, tenant_id: UUID, limit: str, amount: int) -> None:
    """Make sure that so much more fits.

    :raises LimitReached: if it does not
    :raises WorkspaceIsReadOnly: if the tenant's work can only be read
    """
    demand_transaction("Claiming a limit")
    count = catalogue.limit(limit).count
    found = entitled(grants_of(tenant_id), clock.now())
    if found.facts.standing is Standing.READ_ONLY:
        raise read_only(tenant_id)
    included = found.most(limit)
    if included is None or count is None:
        return
    _lock(tenant_id, limit)
    used = count(tenant_id)
    if used + amount > included:
        raise no_room(tenant_id, without_room(limit, included=included, used=used, amount=amount))


def _lock(tenant_id: UUID, limit: str) -> None:
    """Have parallel claims wait until this transaction is over: what it adds is not seen before."""
    rows = LimitLock.objects.filter(tenant_id=tenant_id, limit=limit)
    if rows.select_for_update().first() is None:
        LimitLock.objects.bulk_create([LimitLock(tenant_id=tenant_id, limit=limit)], ignore_conflicts=True)
        rows.select_for_update().get()
