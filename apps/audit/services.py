"""Writing to the log."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from apps.audit.chain.documents import digest_of_details
from apps.audit.chain.erasing import late_details_erase
from apps.audit.interface import Change, Record, Values
from apps.audit.models import AuditDetail, AuditEntry
from apps.core import actions, clock, scope
from apps.core.db.walls import demand_transaction
from apps.core.ids import new_id

MASKED_NAMES = ("password", "secret", "token", "hash")
MASK = "•••"
BATCH = 1000


def records_of(*, action: str, target_type: str, changes: Iterable[Change]) -> tuple[Record, ...]:
    """Return a record of what the actor in scope does; see `Audit.record`."""
    demand_transaction("An audit entry")
    name, now = actions.get(action).name, scope.current()
    return tuple(
        Record(
            id=new_id(),
            occurred_at=clock.now(),
            action=name,
            actor_kind=now.actor.kind,
            actor_id=now.actor.id,
            actor_label=now.actor.label,
            on_behalf_of_id=now.on_behalf_of.id if now.on_behalf_of else None,
            on_behalf_of_label=now.on_behalf_of.label if now.on_behalf_of else "",
            target_type=target_type,
            target_id=change.target_id,
            target_label=change.target_label,
            before=_kept(change.before),
            after=_kept(change.after),
            address=now.address,
            request_id=now.request_id,
            session_id=now.session_id,
        )
        for change in changes
    )


def entries_add(*, records: Sequence[Record]) -> None:
    """Add an entry and its details for each record, to the log of the tenant in scope. All of them must be new."""
    _details_add(_entries_add(records))


def entries_receive(*, records: Sequence[Record]) -> None:
    """Do the same for records that may come again, or late; see `Audit.add`. What was erased stays erased."""
    details = _entries_add(records)
    ids = [record.id for record in records]
    with scope.as_role("platform"):
        kept = set(AuditEntry.objects.filter(id__in=ids).values_list("details_digest", flat=True))
    # The digest in an entry that was there before has another salt.
    _details_add([detail for detail in details if detail.entry.details_digest in kept])
    late_details_erase(records=records)


def _entries_add(records: Sequence[Record]) -> list[AuditDetail]:
    """Add the entries that the log does not have yet; return the details of all."""
    details = [_detail(record) for record in records]
    entries = [_entry(record, detail) for record, detail in zip(records, details, strict=True)]
    for entry, detail in zip(entries, details, strict=True):
        detail.entry = entry
    # bulk_create asks for no RETURNING, which would fail on a row that the scope may add and not read.
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH, ignore_conflicts=True)
    return details


def _details_add(details: Sequence[AuditDetail]) -> None:
    AuditDetail.objects.bulk_create(details, batch_size=BATCH, ignore_conflicts=True)


def _detail(record: Record) -> AuditDetail:
    return AuditDetail(
        tenant_id=scope.current().tenant_id,
        salt=secrets.token_hex(16),
        actor_label=record.actor_label[:254],
        on_behalf_of_label=record.on_behalf_of_label[:254],
        target_label=record.target_label[:254],
        address=record.address or None,
        before=dict(record.before),
        after=dict(record.after),
    )


def _entry(record: Record, detail: AuditDetail) -> AuditEntry:
    return AuditEntry(
        id=record.id,
        occurred_at=record.occurred_at,
        action=record.action,
        tenant_id=scope.current().tenant_id,
        actor_kind=record.actor_kind,
        actor_id=record.actor_id,
        on_behalf_of_id=record.on_behalf_of_id,
        target_type=record.target_type,
        target_id=record.target_id,
        field_names=sorted({*record.before, *record.after}),
        request_id=record.request_id,
        session_id=record.session_id,
        details_digest=digest_of(detail),
    )


def digest_of(detail: AuditDetail) -> str:
    """Return the salted digest of the details that stands in their entry."""
    return digest_of_details(
        detail.salt,
        detail.actor_label,
        detail.target_label,
        detail.address,
        detail.before,
        detail.after,
        detail.on_behalf_of_label,
    )


def _kept(values: Values) -> dict[str, Any]:
    """Return values as the log keeps them, with secrets masked."""
    return {
        name: MASK if any(word in name.lower() for word in MASKED_NAMES) else _without_floats(value)
        for name, value in values.items()
    }


def _without_floats(value: Any) -> Any:
    """Write floats as text: Python and PostgreSQL write 1e22 differently, and its digest would not hold."""
    match value:
        case float():
            return str(value)
        case list() | tuple():
            return [_without_floats(part) for part in value]
        case dict():
            return {name: _without_floats(part) for name, part in value.items()}
    return value
