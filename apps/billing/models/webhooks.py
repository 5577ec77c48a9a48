"""What Stripe told us of."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.ids import new_id


class WebhookEvent(models.Model):
    """Something Stripe told us of: only what it is about, for the state itself is fetched. Read by the platform alone.

    `failed` is tried again by itself; `parked` waits for staff, or for Stripe to send it again.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        DONE = "done"
        FAILED = "failed"
        PARKED = "parked"
        IGNORED = "ignored"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.CharField(max_length=128, unique=True)
    type = models.CharField(max_length=128)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=128, blank=True)
    customer_id = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    due_at = models.DateTimeField(default=clock.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        indexes = [
            models.Index(
                fields=["due_at"],
                name="billing_webhookevent_open",
                condition=models.Q(state__in=["received", "failed"]),
            ),
            models.Index(
                fields=["customer_id"],
                name="billing_webhookevent_waiting",
                condition=models.Q(state__in=["received", "failed"]),
            ),
            models.Index(
                fields=["received_at"],
                name="billing_webhookevent_parked",
                condition=models.Q(state="parked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
