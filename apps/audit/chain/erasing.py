"""Taking something out of a log, so that the rest can still be verified: each time, a signed receipt stays."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q

from apps.audit.chain import keys
from apps.audit.chain.documents import digest_of_ids, document, written
from apps.audit.chain.sealing import hold, tail
from apps.audit.interface import Record
from apps.audit.models import AuditBatch, AuditDetail, AuditEntry, AuditErasure
from apps.core import clock, scope
from apps.core.codec import encode
from apps.entitlements.interface import entitlements


def receipt_members(receipt: AuditErasure) -> dict[str, Any]:
    """Return what is signed of a receipt, as JSON values."""
    return {
        "entries": digest_of_ids(receipt.entry_ids),
        "erased": receipt.kind,
        "erased_at": written(receipt.erased_at),
        "head": receipt.head,
        "last": receipt.last,
        "log": str(receipt.workspace_id or ""),
        "through": receipt.through,
    }


def receipt_document(receipt: AuditErasure) -> bytes:
    """Return what is signed of a receipt."""
    return document(receipt_members(receipt))


def log_erase() -> dict[str, int]:
    """Delete the log of the tenant in scope, by the one database function that may; see `Audit.erase_log`."""
    tenant_id = scope.tenant_id()
    with scope.as_role("platform"):
        hold(tenant_id)
        end = tail(tenant_id)
        receipt = AuditErasure(
            kind=AuditErasure.Kind.LOG,
            workspace_id=tenant_id,
            erased_at=clock.now(),
            through=end.number,
            last=end.entries,
            head=end.hash,
        )
        entries, details = _run("audit_erase_tenant", receipt)
    return {"audit_entry": entries, "audit_detail": details}


def past_erase() -> int:
    """Delete whole batches that were kept long enough, of the tenant in scope or of all; see `Audit.erase_past`."""
    tenant_id = scope.current().tenant_id
    if not settings.AUDIT_KEEP_DAYS:
        return 0
    with scope.as_role("platform"):
        batches = AuditBatch.objects.filter(tenant_id=tenant_id) if tenant_id else AuditBatch.objects.all()
        logs = batches.order_by().values_list("tenant_id", flat=True).distinct()
        return sum([_past_of(log) for log in list(logs)])


@transaction.atomic
def _past_of(log: UUID | None) -> int:
    """Delete a log's old batches; return how many entries they had."""
    days = settings.AUDIT_KEEP_DAYS
    if log:
        shown = entitlements().limit(tenant_id=log, name="audit.days").limit
        if shown is None:  # the plan shows all there is
            return 0
        days = max(days, shown)
    hold(log)
    batches = AuditBatch.objects.filter(tenant_id=log)
    kept = batches.filter(sealed_at__gte=clock.now() - timedelta(days=days)).aggregate(first=Min("number"))[
        "first"
    ]
    old = batches.filter(number__lt=kept) if kept else batches
    if (last := old.order_by("number").last()) is None:
        return 0
    receipt = AuditErasure(
        kind=AuditErasure.Kind.PAST,
        workspace_id=log,
        erased_at=clock.now(),
        through=last.number,
        last=last.last,
        head=last.hash,
    )
    entries, _details = _run("audit_erase_past", receipt)
    return entries


def details_erase(*, subject_ids: tuple[UUID, ...]) -> int:
    """Delete what entries say about somebody, and leave a receipt in each log; see `Audit.erase_details`."""
    if not subject_ids:
        return 0
    tenant_id = scope.current().tenant_id
    about = Q(actor_id__in=subject_ids) | Q(on_behalf_of_id__in=subject_ids) | Q(target_id__in=subject_ids)
    entries = AuditEntry.objects.filter(about, detail__isnull=False)
    if tenant_id:
        entries = entries.filter(tenant_id=tenant_id)
    found = defaultdict(list)
    with scope.as_role("platform"):
        _wait("pg_advisory_xact_lock")
        for log, entry_id in entries.order_by("id").values_list("tenant_id", "id"):
            found[log].append(entry_id)
        # All of it may be on its way yet: then the receipt stands for that.
        return sum(_erase_details(log, ids, subject_ids) for log, ids in (found or {tenant_id: []}).items())


def late_details_erase(*, records: Sequence[Record]) -> None:
    """Delete what has arrived just now about somebody whom the log forgot after it happened."""
    about = {record.id: {record.actor_id, record.on_behalf_of_id, record.target_id} for record in records}
    with scope.as_role("platform"):
        _wait("pg_advisory_xact_lock_shared")
        erased_at = _erasures_of(set().union(*about.values()) - {None})
        late = [
            record.id
            for record in records
            if any(record.occurred_at <= at for subject, at in erased_at if subject in about[record.id])
        ]
        named = list(AuditDetail.objects.filter(entry_id__in=late).values_list("entry_id", flat=True))
        if named:
            _erase_details(scope.current().tenant_id, named, ())


def _erasures_of(subject_ids: Collection[UUID | None]) -> list[tuple[UUID, datetime]]:
    """Return whom of these the log forgot, and when."""
    receipts = AuditErasure.objects.filter(subject_ids__overlap=list(subject_ids))
    return [
        (subject, at)
        for subjects, at in receipts.values_list("subject_ids", "erased_at")
        for subject in subjects or ()
    ]


def _wait(lock: str) -> None:
    """Have entries that arrive wait for an erasure, and an erasure for them: else neither would see the other."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {lock}(hashtextextended('audit:details', 0))")


def _erase_details(log: UUID | None, entry_ids: list[UUID], subject_ids: Collection[UUID]) -> int:
    receipt = AuditErasure(
        kind=AuditErasure.Kind.DETAILS,
        workspace_id=log,
        erased_at=clock.now(),
        entry_ids=entry_ids,
        subject_ids=list(subject_ids),
    )
    _entries, details = _run("audit_erase_details", receipt)
    return details


def _run(function: str, receipt: AuditErasure) -> tuple[int, int]:
    """Have a database function erase what the receipt says, and keep the receipt; return the entries and details."""
    receipt.kid, receipt.signature = keys.sign(receipt_document(receipt))
    values = {field.attname: getattr(receipt, field.attname) for field in receipt._meta.concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(f"select entries, details from {function}(%s)", [json.dumps(encode(values))])  # noqa: S608 - a name of ours
        entries, details = cursor.fetchone()
    return entries, details
