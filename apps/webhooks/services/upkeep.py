"""Forgetting what is too old to be asked about."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.core import clock
from apps.webhooks.models import Delivery, Endpoint, Message

KEPT_FOR = timedelta(days=30)
BATCH = 500


def prune() -> None:
    """Delete old messages with their log, and endpoints that were deleted long ago; as the platform."""
    before = clock.now() - KEPT_FOR
    pending = Delivery.objects.filter(message=OuterRef("pk"), state=Delivery.State.PENDING)
    _delete(Message.objects.filter(~Exists(pending), created_at__lt=before))
    _delete(Endpoint.objects.filter(deleted_at__lt=before))


def _delete(rows: QuerySet[Message] | QuerySet[Endpoint]) -> None:
    while ids := list(rows.order_by().values_list("id", flat=True)[:BATCH]):
        with transaction.atomic():
            rows.filter(id__in=ids).delete()
