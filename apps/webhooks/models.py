"""Where a workspace wants to be told what happened, what was to be told, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel

TEST = "webhook.test"  # the event that a person sends to see whether an endpoint works


class Endpoint(TenantModel):
    """An address of the customer's, and the events that it wants.

    Its secrets are made of these salts and a key of ours (services.signing), so the table opens nothing. After a
    rotation the former one signs too, for a while. `key_mark` tells which key the customer's secret was made of.
    """

    class Reason(models.TextChoices):
        PERSON = "person", _("Turned off by hand.")
        GONE = "gone", _("The server answered 410 Gone.")
        FAILING = "failing", _("Nothing could be delivered for days.")

    url = models.CharField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=120, blank=True)
    events = models.JSONField(_("events"), default=list)
    salt = models.CharField(max_length=43, editable=False)
    key_mark = models.CharField(max_length=8, blank=True, editable=False)
    former_salt = models.CharField(max_length=43, blank=True, editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_reason = models.CharField(max_length=16, choices=Reason.choices, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        indexes = [models.Index(fields=["tenant_id", "created_at"], name="webhooks_endpoint_oldest")]

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None and self.deleted_at is None


class Message(TenantModel):
    """One piece of news, as all its receivers get it. The id is its `webhook-id`."""

    event = models.CharField(max_length=64)
    body = models.TextField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["created_at"], name="webhooks_message_age")]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class Delivery(TenantModel):
    """What became of a message at one endpoint.

    `tries` counts those since it was last begun or replayed. Each waiting task carries the `ticket` of its time, and
    finds nothing to do if there is a newer one.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    endpoint = TenantForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    message = TenantForeignKey(Message, models.CASCADE, related_name="deliveries")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    ticket = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=clock.now, null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["tenant_id", "endpoint", "-id"], name="webhooks_delivery_newest"),
            models.Index(fields=["tenant_id", "endpoint", "state", "-id"], name="webhooks_delivery_state"),
            models.Index(fields=["tenant_id", "message"], name="webhooks_delivery_message"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(TenantModel):
    """One try: what was sent besides the message's body, and what came back. Without an answer, `error` says why."""

    delivery = TenantForeignKey(Delivery, models.CASCADE, related_name="attempts")
    url = models.CharField(max_length=2000)
    request_headers = models.JSONField(default=dict)
    status = models.PositiveSmallIntegerField(null=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    is_truncated = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant_id", "delivery", "-id"], name="webhooks_attempt_newest")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.status or self.error}"

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300
