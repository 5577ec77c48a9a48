"""Plans of workspaces for tests."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from apps.core import answers, clock, scope
from apps.entitlements.interface import PlanFacts, entitlements
from apps.entitlements.models import Override
from apps.entitlements.selectors import version_of
from apps.tenancy.models import Tenant


def facts(tenant: Tenant, **details: Any) -> None:
    """Give a workspace a plan, as billing would: `facts(tenant, plan="team")`."""
    with scope.use(tenant_id=tenant.id):
        entitlements().set_facts(tenant_id=tenant.id, facts=PlanFacts(**details))


def override(tenant: Tenant, name: str, value: int | None, **details: Any) -> Override:
    """Grant a workspace a feature (1) or take it (0), or set a limit, as staff would. It holds for a day."""
    details = {"ends_at": clock.now() + timedelta(days=1), "reason": "A pilot"} | details
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        row = Override.objects.create(name=name, value=value, **details)
        answers.changing(version_of(tenant.id))
    return row
