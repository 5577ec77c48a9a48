"""Tenants, and what is left of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id
from apps.tenancy.models.cells import Cell
from apps.tenancy.models.support import SupportAccess


class Tenant(models.Model):
    """A customer organisation; people know it as a workspace."""

    isolation = Isolation.OWN_ROWS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    cell = models.ForeignKey(Cell, models.PROTECT, related_name="tenants", db_index=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    logo_key = models.CharField(max_length=200, blank=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)
    suspension_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    deletion_requested_at = models.DateTimeField(_("deletion asked for"), null=True, editable=False)
    deletion_requested_by_id = models.UUIDField(null=True, editable=False)
    erase_due_at = models.DateTimeField(_("to be erased"), null=True, editable=False)
    erasing_at = models.DateTimeField(null=True, editable=False)
    access_requests_open = models.PositiveIntegerField(default=0, editable=False)

    # What it demands of those who come in; see `apps.tenancy.policy`.
    requires_second_step = models.BooleanField(default=False, db_default=False)
    session_hours = models.PositiveSmallIntegerField(null=True)
    idle_minutes = models.PositiveSmallIntegerField(null=True)
    allowed_ranges = ArrayField(models.CharField(max_length=49), default=list, db_default=[])
    exempt_owner_id = models.UUIDField(null=True)
    policy_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    # What it lets support do, and the last day on which it does; see `apps.tenancy.services.support`.
    support_access = models.CharField(
        _("support access"), max_length=8, choices=SupportAccess, default=SupportAccess.OFF, db_default="off"
    )
    support_until = models.DateField(_("until"), null=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        indexes = [models.Index(fields=["cell"], name="tenancy_tenant_cell")]

    def __str__(self) -> str:
        return self.name


class ErasureReceipt(models.Model):
    """What is left of an erased workspace: no name, only ids, times and how many rows and files there were.

    Open while the erasing runs; `erased_at` and `digest` close it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace_id = models.UUIDField(_("workspace"), unique=True)
    requested_by_id = models.UUIDField(_("asked for by"), null=True)
    requested_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("begun"), default=clock.now)
    erased_at = models.DateTimeField(_("erased"), null=True)
    counts = models.JSONField(_("rows and files"), default=dict)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("receipt of an erasure")
        verbose_name_plural = _("receipts of erasures")

    def __str__(self) -> str:
        return str(self.workspace_id)
