"""The outbox: what happened, written in the transaction in which it happened; and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id

SHARDS = 16  # the outbox's shares of work; migration 0002 computes them


class OutboxEvent(models.Model):
    """One event. The first five columns are named as Debezium's outbox router expects them.

    The table has two more columns, which the database fills: `seq`, the order in which rows were written, and
    `shard`, the same for all events of an aggregate. Only the relay reads them (apps/events/relay).
    """

    isolation = Isolation.TENANTLESS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    aggregatetype = models.CharField(max_length=64)
    aggregateid = models.CharField(max_length=64)
    type = models.CharField(max_length=128)
    payload = models.JSONField()
    tenant_id = models.UUIDField(null=True)
    headers = models.JSONField(default=dict)
    is_ordered = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "events_outbox"
        indexes = [models.Index(fields=["tenant_id", "occurred_at"], name="events_outbox_tenant")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Delivery(models.Model):
    """What became of one event at one consumer.

    It is the consumer's inbox too: the mark “delivered” is written in the transaction of the effect. Deliveries of
    ordered events stand in a lane, one for each consumer and aggregate. Only the first of a lane is ever due.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        PARKED = "parked", _("Parked")
        DISCARDED = "discarded", _("Discarded")
        DELIVERED = "delivered", _("Delivered")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    consumer = models.CharField(max_length=128)
    lane = models.CharField(max_length=129, blank=True, help_text="the aggregate of an ordered event")
    seq = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now, null=True)
    delivered_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer"], name="events_delivery_once_per_consumer")
        ]
        indexes = [
            models.Index(
                fields=["consumer", "due_at"],
                name="events_delivery_due",
                condition=models.Q(delivered_at=None, parked_at=None, discarded_at=None),
            ),
            models.Index(
                fields=["consumer", "lane", "seq"],
                name="events_delivery_lane",
                condition=models.Q(delivered_at=None, discarded_at=None) & ~models.Q(lane=""),
            ),
            models.Index(
                fields=["parked_at"],
                name="events_delivery_parked",
                condition=models.Q(parked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} of {self.event_id}"

    @property
    def state(self) -> State:
        if self.delivered_at:
            return self.State.DELIVERED
        if self.discarded_at:
            return self.State.DISCARDED
        return self.State.PARKED if self.parked_at else self.State.WAITING


#: How to find the deliveries in a state.
STATES: dict[str, models.Q] = {
    Delivery.State.WAITING: models.Q(parked_at=None, delivered_at=None, discarded_at=None),
    Delivery.State.PARKED: models.Q(parked_at__isnull=False, discarded_at=None),
    Delivery.State.DISCARDED: models.Q(discarded_at__isnull=False),
    Delivery.State.DELIVERED: models.Q(delivered_at__isnull=False),
}
