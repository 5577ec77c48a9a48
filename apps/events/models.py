"""The outbox: what happened, written in the transaction in which it happened."""

from django.db import models

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id


class OutboxEvent(models.Model):
    """One event. The first five columns are named as Debezium's outbox router expects them."""

    isolation = Isolation.TENANTLESS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    aggregatetype = models.CharField(max_length=64)
    aggregateid = models.CharField(max_length=64)
    type = models.CharField(max_length=128)
    payload = models.JSONField()
    tenant_id = models.UUIDField(null=True)
    headers = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "events_outbox"
        indexes = [
            models.Index(
                fields=["id"], name="events_outbox_unpublished", condition=models.Q(published_at=None)
            ),
            models.Index(fields=["tenant_id", "occurred_at"], name="events_outbox_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Delivery(models.Model):
    """What became of one event at one consumer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    consumer = models.CharField(max_length=128)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now)
    delivered_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer"], name="events_delivery_once_per_consumer")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="events_delivery_due",
                condition=models.Q(delivered_at=None, parked_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.consumer} of {self.event_id}"
