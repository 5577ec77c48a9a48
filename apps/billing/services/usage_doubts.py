"""Usage of which it is not certain whether the payment provider counted it.

It may have answered and we did not hear it, for so long that it would count the same again. Or it took usage and
refused it later, of which it tells by an event.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, Sum

from apps.billing.models import UsageEvent
from apps.billing.providers.stripe import gateway
from apps.core import scope

State = UsageEvent.State
METER_REPORTS = ("billing.meter.error_report_triggered", "billing.meter.no_meter_found")
MINUTE = timedelta(minutes=1)  # the provider sums up by whole minutes
ID_LENGTH = 36

log = structlog.get_logger()


def was_counted(row: UsageEvent, customer_id: str) -> bool | None:
    """Tell whether the provider has counted a row that may have been sent; None if that can't be told.

    Of the minute of its use, the provider's sum is held against what was surely sent and what may have been.

    :raises ProviderUnavailable: if the provider does not answer
    :raises ProviderRefused: if it has no such meter
    """
    start = row.occurred_at.replace(second=0, microsecond=0)
    same_minute = UsageEvent.objects.filter(
        tenant_id=row.tenant_id, meter=row.meter, occurred_at__gte=start, occurred_at__lt=start + MINUTE
    )
    is_sent = Q(state=State.SENT)
    sums = same_minute.aggregate(
        sent=Sum("quantity", filter=is_sent, default=0),
        doubtful=Sum("quantity", filter=~is_sent & Q(first_tried_at__isnull=False), default=0),
    )
    counted = gateway().usage_counted(
        customer_id=customer_id, meter=row.meter, start=start, end=start + MINUTE
    )
    return {0: False, sums["doubtful"]: True}.get(counted - sums["sent"])


def usage_refused(*, event_id: str) -> str:
    """Park what a report names of usage that the provider refused, and return the report in a sentence.

    :raises ProviderUnavailable: if the provider does not answer
    """
    report = gateway().get_meter_report(event_id=event_id)
    log.error("billing.usage_refused", event_id=event_id, summary=report.summary)
    with scope.as_role("platform"), transaction.atomic():
        for row_id, why in _rows(report.examples):
            sent = UsageEvent.objects.filter(id=row_id, state=State.SENT)
            # It was not counted: sent again, it is another to the provider, which may remember this one.
            sent.update(state=State.PARKED, error=why[:500], first_tried_at=None)
    return report.summary


def _rows(examples: Iterable[tuple[str, str]]) -> Iterable[tuple[UUID, str]]:
    for identifier, why in examples:
        try:
            yield UUID(identifier[:ID_LENGTH]), why
        except ValueError:  # sent by somebody else
            continue
