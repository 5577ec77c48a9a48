"""Writing to the log."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from apps.audit.models import AuditDetail, AuditEntry
from apps.core import actions, scope
from apps.core.db.walls import demand_transaction

MASKED_NAMES = ("password", "secret", "token", "hash")
MASK = "•••"
BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an act was done to, with the values before and after."""

    id: UUID | None
    label: str
    before: dict[str, Any]
    after: dict[str, Any]


def entries_record(*, action: str, target_type: str, targets: Sequence[Target]) -> None:
    """Add an entry and its details for each target; see `Audit.record` and `Audit.record_many`."""
    demand_transaction("An audit entry")
    name = actions.get(action).name
    details = [_detail(target) for target in targets]
    entries = [
        _entry(name, target_type, target, detail) for target, detail in zip(targets, details, strict=True)
    ]
    for entry, detail in zip(entries, details, strict=True):
        detail.entry = entry
    # bulk_create asks for no RETURNING, which would fail on a row that the scope may add and not read.
    AuditEntry.objects.bulk_create(entries, batch_size=BATCH)
    AuditDetail.objects.bulk_create(details, batch_size=BATCH)


def _detail(target: Target) -> AuditDetail:
    now = scope.current()
    return AuditDetail(
        tenant_id=now.tenant_id,
        salt=secrets.token_hex(16),
        actor_label=now.actor.label[:254],
        target_label=target.label[:254],
        address=now.address or None,
        before=_masked(target.before),
        after=_masked(target.after),
    )


def _entry(action: str, target_type: str, target: Target, detail: AuditDetail) -> AuditEntry:
    now = scope.current()
    return AuditEntry(
        action=action,
        tenant_id=now.tenant_id,
        actor_kind=now.actor.kind,
        actor_id=now.actor.id,
        target_type=target_type,
        target_id=target.id,
        field_names=sorted({*target.before, *target.after}),
        request_id=now.request_id,
        session_id=now.session_id,
        details_digest=digest(detail),
    )


def digest(detail: AuditDetail) -> str:
    """Return the salted SHA-256 of the details, in hex. It reveals nothing once they are erased."""
    names = ("salt", "actor_label", "target_label", "address", "before", "after")
    body = json.dumps([getattr(detail, name) for name in names], sort_keys=True, separators=(",", ":"))
    return sha256(body.encode()).hexdigest()


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if any(word in name.lower() for word in MASKED_NAMES) else value
        for name, value in values.items()
    }
