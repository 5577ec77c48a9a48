"""The end of a time of grace. It holds by itself, whoever looks; people are told of it by what is brought in then."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from apps.billing.models import BillingAccount
from apps.core import clock, scope
from apps.jobs.interface import jobs

BATCH = 200


def grace_sweep() -> int:
    """Have accounts brought in whose time of grace is over since we last asked Stripe; return how many."""
    grace = timedelta(days=settings.BILLING_GRACE_DAYS)
    over = BillingAccount.objects.filter(
        delinquent_since__lte=clock.now() - grace, synced_at__lt=F("delinquent_since") + grace
    )
    with scope.as_role("platform"):
        tenants = list(over.order_by("delinquent_since").values_list("tenant_id", flat=True)[:BATCH])
    for tenant_id in tenants:
        with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
            jobs().enqueue(task="billing.end_grace", arguments={}, unique=str(tenant_id))
    return len(tenants)
