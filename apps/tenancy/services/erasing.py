"""Erasing a workspace for good, once its time of grace is over. The work of a command or a job, as the platform."""

import json
from collections import Counter
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.interface import audit
from apps.core import clock, erasure, scope
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceErased
from apps.tenancy.interface import NotDue
from apps.tenancy.models import ErasureReceipt, Tenant


def due_workspaces() -> QuerySet[Tenant]:
    """Return what is to be erased now: its grace is over, or an erasing of it was cut short. Not what is suspended."""
    due = Q(erase_due_at__lte=clock.now()) | Q(erasing_at__isnull=False)
    return Tenant.objects.filter(due, suspended_at=None).select_related("cell").order_by("erase_due_at", "id")


def workspace_erase(*, tenant_id: UUID) -> ErasureReceipt:
    """Delete everything that is kept of a workspace, and close its receipt. May be called again after a failure.

    :raises NotDue: if nobody asked for it, its grace is not over, or it is suspended
    """
    with scope.activate(scope.Scope(role="platform", request_id=scope.current().request_id)):
        tenant = _begin(tenant_id)
        # What a late request still wrote is found in the next round; one that finds nothing is the last.
        while _round(tenant):
            continue
        return _finish(tenant)


def _begin(tenant_id: UUID) -> Tenant:
    """Shut the workspace for everybody, and open the receipt."""
    with transaction.atomic():
        due = due_workspaces().select_for_update(of=("self",)).filter(id=tenant_id).first()
        if due is None:
            raise NotDue
        due.erasing_at = due.erasing_at or clock.now()
        due.save(update_fields=["erasing_at"])
        ErasureReceipt.objects.get_or_create(
            workspace_id=due.id,
            defaults={
                "requested_by_id": due.deletion_requested_by_id,
                "requested_at": due.deletion_requested_at,
            },
        )
    return due


def _round(tenant: Tenant) -> int:
    """Have every module forget the tenant once; return how much was found."""
    return sum(_forget(tenant, erase) for _module, erase in erasure.registered())


def _forget(tenant: Tenant, erase: erasure.Eraser) -> int:
    """Run one eraser and note what it removed, both or neither."""
    with transaction.atomic():
        receipt = _locked_receipt(tenant.id)
        with scope.use(role="app", tenant_id=tenant.id, cell=tenant.cell.schema_name):
            counts = erase(tenant_id=tenant.id)
        receipt.counts = dict(Counter(receipt.counts) + Counter(counts))
        receipt.save(update_fields=["counts"])
    return sum(counts.values())


def _finish(tenant: Tenant) -> ErasureReceipt:
    with transaction.atomic():
        receipt = _locked_receipt(tenant.id)
        Tenant.objects.filter(id=tenant.id)._raw_delete(using="default")
        receipt.erased_at = clock.now()
        receipt.digest = digest(receipt)
        receipt.save(update_fields=["erased_at", "digest"])
        audit().record(action="workspace.erased", target_type="workspace", target_id=tenant.id)
        publish(WorkspaceErased(workspace_id=tenant.id, receipt_id=receipt.id))
    return receipt


def _locked_receipt(tenant_id: UUID) -> ErasureReceipt:
    return ErasureReceipt.objects.select_for_update().get(workspace_id=tenant_id)


def receipt_document(receipt: ErasureReceipt) -> dict[str, object]:
    """Return the receipt as it is handed out: JSON values, without its digest."""
    return {
        "receipt": str(receipt.id),
        "workspace": str(receipt.workspace_id),
        "requested_by": str(receipt.requested_by_id or ""),
        "requested_at": receipt.requested_at.isoformat(),
        "erased_at": receipt.erased_at.isoformat() if receipt.erased_at else "",
        "counts": receipt.counts,
    }


def digest(receipt: ErasureReceipt) -> str:
    """Return the SHA-256 of the receipt's document with sorted keys and no spaces, in hex."""
    body = json.dumps(receipt_document(receipt), sort_keys=True, separators=(",", ":"))
    return sha256(body.encode()).hexdigest()
