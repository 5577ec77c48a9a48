"""What support may do in a workspace, and when it was there."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantModel


class SupportAccess(models.TextChoices):
    """What a workspace lets support do in it."""

    OFF = "off", _("No access")
    LOOK = "look", _("May look")
    CHANGE = "change", _("May look and change")


class SupportSession(TenantModel):
    """A time in which a member of staff works in the workspace as one of its members.

    It is over at `ended_at`; until then it is looked at with each request (`apps.tenancy.services.support`).
    """

    class Ending(models.TextChoices):
        BY_STAFF = "staff", _("ended by support")
        BY_OWNER = "owner", _("ended by an owner")
        TIME_UP = "time", _("time was up")
        WITHDRAWN = "withdrawn", _("access was withdrawn")
        MEMBER_GONE = "member", _("the member left")
        STAFF_GONE = "staff_gone", _("no longer support")

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=300)
    ticket = models.CharField(_("ticket"), max_length=60, blank=True)
    may_write = models.BooleanField(_("may change"), default=False)
    began_at = models.DateTimeField(_("began"), default=clock.now, editable=False)
    until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    ended_by_id = models.UUIDField(null=True, editable=False)
    ending = models.CharField(_("why it ended"), max_length=12, choices=Ending, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("support session")
        verbose_name_plural = _("support sessions")

    def __str__(self) -> str:
        return self.reason
