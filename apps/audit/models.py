"""The record of who did what: entries that never change, details that can be erased, and the seal over both."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id


class AuditEntry(models.Model):
    """One act. Append-only: the database refuses to change or delete it (migration 0001).

    It names nobody: addresses and values are in `AuditDetail`; `details_digest` is their salted SHA-256.
    """

    isolation = Isolation.OWN_LOG

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
        # Each in the order of the list, so that a span of time is found at once under any filter.
        indexes = [
            models.Index(
                fields=["tenant_id", "actor_id", "-occurred_at", "-id"], name="audit_entry_by_actor"
            ),
            models.Index(fields=["tenant_id", "action", "-occurred_at", "-id"], name="audit_entry_by_action"),
            models.Index(
                fields=["tenant_id", "target_id", "-occurred_at", "-id"], name="audit_entry_by_target"
            ),
            models.Index(
                fields=["tenant_id", "actor_id", "action", "-occurred_at", "-id"], name="audit_entry_by_both"
            ),
            models.Index(fields=["tenant_id", "-occurred_at", "-id"], name="audit_entry_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.occurred_at:%Y-%m-%d %H:%M}"


class AuditDetail(models.Model):
    """What an entry says about people: names, address, and the values before and after."""

    isolation = Isolation.OWN_LOG

    entry = models.OneToOneField(
        AuditEntry, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="detail"
    )
    tenant_id = models.UUIDField(null=True)
    salt = models.CharField(max_length=32)
    actor_label = models.CharField(max_length=254, blank=True)
    on_behalf_of_label = models.CharField(max_length=254, blank=True, default="", db_default="")
    target_label = models.CharField(max_length=254, blank=True)
    address = models.GenericIPAddressField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_detail"
        indexes = [models.Index(fields=["tenant_id", "entry"], name="audit_detail_tenant")]

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditPending(models.Model):
    """An entry that waits to be sealed. A trigger on `audit_entry` adds it, and nobody else may."""

    isolation = Isolation.TENANTLESS

    entry_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(null=True)

    class Meta:
        db_table = "audit_pending"
        indexes = [models.Index(fields=["tenant_id", "entry_id"], name="audit_pending_tenant")]

    def __str__(self) -> str:
        return str(self.entry_id)


class AuditBatch(models.Model):
    """Entries of one log that were sealed together, in the order of their ids; see `apps.audit.chain`.

    Append-only, as entries are. `first` is the number of its first entry in the log; `entry_hashes` are the SHA-256 of
    its entries, one behind the other.
    """

    isolation = Isolation.TENANTLESS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(null=True)
    number = models.PositiveBigIntegerField()
    first = models.PositiveBigIntegerField()
    sealed_at = models.DateTimeField()
    entry_ids = ArrayField(models.UUIDField())
    entry_hashes = models.BinaryField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    kid = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)

    class Meta:
        db_table = "audit_batch"
        verbose_name_plural = "audit batches"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "number"], name="audit_batch_tenant_id_number", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def last(self) -> int:
        """The number of its last entry in the log."""
        return self.first + len(self.entry_ids) - 1


class AuditErasure(models.Model):
    """A signed receipt for what was taken out of a log. Database functions alone write it; nobody may change it.

    Where entries went, the chain goes on after `through`, the number of the last batch that went; `last` is the number
    of its last entry, and `head` its hash. Where only details went, `entry_ids` says whose, and `subject_ids` what they
    were about; what arrives of those later is erased too.
    """

    class Kind(models.TextChoices):
        LOG = "log"  # with its workspace
        PAST = "past"  # kept long enough
        DETAILS = "details"  # what entries say about a person

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.LOG)
    workspace_id = models.UUIDField(null=True)
    erased_at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    details = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    through = models.PositiveBigIntegerField(default=0)
    last = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    entry_ids = ArrayField(models.UUIDField(), default=list)
    subject_ids = ArrayField(models.UUIDField(), null=True)
    kid = models.CharField(max_length=16, blank=True)
    signature = models.CharField(max_length=128, blank=True)

    class Meta:
        db_table = "audit_erasure"
        indexes = [
            models.Index(fields=["workspace_id"], name="audit_erasure_workspace"),
            GinIndex(fields=["subject_ids"], name="audit_erasure_subjects"),
        ]

    def __str__(self) -> str:
        return str(self.workspace_id)
