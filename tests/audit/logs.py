"""A log that is sealed, and what verifying it finds."""

from uuid import UUID

from django.db import transaction

from apps.audit.chain.sealing import seal
from apps.audit.chain.verification import verify
from apps.audit.interface import audit
from apps.audit.models import AuditBatch
from apps.core import scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant


def record(target: str = "Li Wei") -> None:
    with transaction.atomic():
        audit().record(
            action="members.removed",
            target_type="membership",
            target_id=new_id(),
            target_label=target,
            after={"note": 'Ünï "code" \\ \n\t\x7f', "count": 3, "none": None},
        )


def seal_all() -> None:
    while seal():
        continue


def sealed(tenant: Tenant, *, of_batch: int = 0) -> list[UUID]:
    """Return the entries of a log, or of one of its batches, in the order they were sealed in."""
    with scope.as_role("platform"):
        batches = AuditBatch.objects.filter(tenant_id=tenant.id).order_by("number")
        return [entry for batch in batches for entry in batch.entry_ids if of_batch in (0, batch.number)]


def faults(tenant: Tenant) -> list[tuple[str, UUID | None]]:
    return [(finding.fault, finding.entry_id) for finding in verify(tenant.id).findings]


def texts(tenant: Tenant) -> list[str]:
    return [finding.text for finding in verify(tenant.id).findings]
