"""What people were told, how they want to be told, and addresses that no mail reaches."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.db.models import TenantModel
from apps.core.ids import new_id
from apps.core.notices import Channel


class Notification(TenantModel):
    """One person, told of one event. The sentence is made when it is read, in the reader's language.

    `channel` is what the person had chosen when it was written, or the inbox alone once no mail could be sent;
    `mailed_at` is when a mail server took it.
    """

    isolation = Isolation.PERSON

    user_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=64)
    source_id = models.UUIDField(help_text="the event")
    target_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True, help_text="the person whom the values name")
    values = models.JSONField(default=dict)
    channel = models.CharField(max_length=8, choices=Channel)
    is_unread = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    mailed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "user_id", "kind", "source_id"], name="notifications_never_twice"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "user_id", "-is_unread", "-id"], name="notifications_inbox"),
            models.Index(
                fields=["created_at"],
                name="notifications_digest",
                condition=models.Q(channel=Channel.DIGEST, mailed_at=None, is_unread=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user_id}"


class Preference(TenantModel):
    """How a person wants to be told of a kind in a workspace. Without one, the kind's own channel holds."""

    user_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=64)
    channel = models.CharField(max_length=8, choices=Channel)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "user_id", "kind"], name="notifications_preference_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}: {self.channel}"


class Suppression(models.Model):
    """An address that we write to no more, because a mail bounced for good or was called spam."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("There is no such mailbox")
        COMPLAINED = "complained", _("The reader called a mail spam")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address = models.EmailField(_("e-mail address"), unique=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    since = models.DateTimeField(_("since"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return self.address
