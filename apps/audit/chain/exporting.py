"""A log as lines of JSON that whoever has them can verify by themselves: see deploy/audit/verify_log.py.

The first lines say what the log is, which keys sealed it and what was erased of it; then each batch comes before its
entries, and what waits to be sealed comes last.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit.chain import keys
from apps.audit.chain.documents import written
from apps.audit.chain.erasing import receipt_members
from apps.audit.chain.sealing import head_of
from apps.audit.interface import Lines
from apps.audit.models import AuditBatch, AuditDetail, AuditEntry, AuditErasure, AuditPending
from apps.core import clock, scope

FORMAT = 1
PAGE = 1000  # entries, or a batch more


def lines(*, since: datetime | None, cursor: str) -> Lines:
    """Return a page of the export of the log of the tenant in scope; see `Audit.list_lines`."""
    log = scope.tenant_id()
    if not cursor:
        return Lines(lines=_written(_preamble(log)), next="batch:0")
    place, _colon, last = cursor.partition(":")
    if place == "batch":
        return _of_batches(log, int(last), since)
    return _of_waiting(log, UUID(last) if last else UUID(int=0))


def _preamble(log: UUID) -> Iterator[dict[str, Any]]:
    yield {"type": "log", "format": FORMAT, "log": str(log), "exported_at": written(clock.now())}
    for kid, public_key in keys.public_keys().items():
        yield {"type": "key", "kid": kid, "public_key": public_key}
    with scope.as_role("platform"):
        receipts = list(AuditErasure.objects.filter(workspace_id=log).order_by("through", "erased_at"))
    for receipt in receipts:
        sealed = {"kid": receipt.kid, "signature": receipt.signature}
        yield {"type": "erasure", "entry_ids": [str(each) for each in receipt.entry_ids]} | (
            receipt_members(receipt) | sealed
        )


def _of_batches(log: UUID, last: int, since: datetime | None) -> Lines:
    batches = AuditBatch.objects.filter(tenant_id=log, number__gt=last).order_by("number")
    if since:
        batches = batches.filter(sealed_at__gte=since)
    page: list[AuditBatch] = []
    for batch in batches[:100]:
        page.append(batch)
        if sum(len(each.entry_ids) for each in page) >= PAGE:
            break
    if not page:
        return Lines(lines=(), next="waiting:")
    return Lines(lines=_written(_batch_lines(page)), next=f"batch:{page[-1].number}")


def _batch_lines(batches: list[AuditBatch]) -> Iterator[dict[str, Any]]:
    entries = _entries([entry_id for batch in batches for entry_id in batch.entry_ids])
    for batch in batches:
        sealed = {
            "entry_ids": [str(each) for each in batch.entry_ids],
            "entry_hashes": bytes(batch.entry_hashes).hex(),
        }
        seal = {"kid": batch.kid, "signature": batch.signature}
        yield {"type": "batch"} | head_of(batch).members | seal | sealed
        for number, entry_id in enumerate(batch.entry_ids, batch.first):
            if entry := entries.get(entry_id):
                yield _entry(entry, number)


def _of_waiting(log: UUID, last: UUID) -> Lines:
    waiting = AuditPending.objects.filter(tenant_id=log, entry_id__gt=last).order_by("entry_id")
    ids = list(waiting.values_list("entry_id", flat=True)[:PAGE])
    entries = _entries(ids)
    found = _written(_entry(entries[entry_id], None) for entry_id in ids if entry_id in entries)
    return Lines(lines=found, next=f"waiting:{ids[-1]}" if len(ids) == PAGE else "")


def _entries(ids: list[UUID]) -> dict[UUID, AuditEntry]:
    found = AuditEntry.objects.filter(tenant_id=scope.tenant_id(), id__in=ids).select_related("detail")
    return {entry.id: entry for entry in found}


def _entry(entry: AuditEntry, number: int | None) -> dict[str, Any]:
    detail: AuditDetail | None = getattr(entry, "detail", None)
    return {
        "type": "entry",
        "number": number,
        "id": str(entry.id),
        "tenant_id": str(entry.tenant_id),
        "occurred_at": written(entry.occurred_at),
        "action": entry.action,
        "actor_kind": entry.actor_kind,
        "actor_id": _text(entry.actor_id),
        "on_behalf_of_id": _text(entry.on_behalf_of_id),
        "target_type": entry.target_type,
        "target_id": _text(entry.target_id),
        "field_names": entry.field_names,
        "request_id": entry.request_id,
        "session_id": entry.session_id,
        "details_digest": entry.details_digest,
        "details": detail
        and {
            "salt": detail.salt,
            "actor_label": detail.actor_label,
            "on_behalf_of_label": detail.on_behalf_of_label,
            "target_label": detail.target_label,
            "address": detail.address,
            "before": detail.before,
            "after": detail.after,
        },
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _written(rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
