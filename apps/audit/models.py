"""The record of who did what: an entry that never changes, and details that can be erased."""

from django.db import models

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id


class AuditEntry(models.Model):
    """One act. Append-only: the database refuses to change or delete it (migration 0001).

    It names nobody: addresses and values are in `AuditDetail`; `details_digest` is their salted SHA-256.
    """

    isolation = Isolation.TENANTLESS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    on_behalf_of_id = models.UUIDField(null=True)
    target_type = models.CharField(max_length=64)
    target_id = models.UUIDField(null=True)
    field_names = models.JSONField(default=list)
    request_id = models.CharField(max_length=64, blank=True)
    session_id = models.CharField(max_length=64, blank=True)
    details_digest = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_entry"
        verbose_name_plural = "audit entries"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "id"], name="audit_entry_tenant_id_id")]
        # Ids are UUIDv7, so their order is the order of time; the unique constraint serves the plain list.
        indexes = [
            models.Index(fields=["tenant_id", "actor_id", "-id"], name="audit_entry_actor"),
            models.Index(fields=["tenant_id", "action", "-id"], name="audit_entry_action"),
            models.Index(fields=["tenant_id", "target_id", "-id"], name="audit_entry_target"),
            models.Index(fields=["tenant_id", "occurred_at"], name="audit_entry_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.occurred_at:%Y-%m-%d %H:%M}"


class AuditErasure(models.Model):
    """What is left of a log that was erased with its workspace: how long it was, and a digest of its entries.

    Written by the database function `audit_erase_tenant` alone; nobody may change it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace_id = models.UUIDField()
    erased_at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    details = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_erasure"
        indexes = [models.Index(fields=["workspace_id"], name="audit_erasure_workspace")]

    def __str__(self) -> str:
        return str(self.workspace_id)


class AuditDetail(models.Model):
    """What an entry says about people: names, address, and the values before and after."""

    isolation = Isolation.TENANTLESS

    entry = models.OneToOneField(
        AuditEntry, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="detail"
    )
    tenant_id = models.UUIDField(null=True)
    salt = models.CharField(max_length=32)
    actor_label = models.CharField(max_length=254, blank=True)
    target_label = models.CharField(max_length=254, blank=True)
    address = models.GenericIPAddressField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_detail"
        indexes = [models.Index(fields=["tenant_id", "entry"], name="audit_detail_tenant")]

    def __str__(self) -> str:
        return str(self.entry_id)
