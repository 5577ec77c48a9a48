"""Writing to the log."""

import json
import secrets
from hashlib import sha256
from typing import Any
from uuid import UUID

from apps.audit.models import AuditDetail, AuditEntry
from apps.core import actions, scope
from apps.core.db.walls import demand_transaction

MASKED_NAMES = ("password", "secret", "token", "hash")
MASK = "•••"


def entry_record(
    *,
    action: str,
    target_type: str,
    target_id: UUID | None,
    target_label: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Add an entry and its details; see `Audit.record`."""
    demand_transaction("An audit entry")
    now = scope.current()
    detail = AuditDetail(
        tenant_id=now.tenant_id,
        salt=secrets.token_hex(16),
        actor_label=now.actor.label[:254],
        target_label=target_label[:254],
        address=now.address or None,
        before=_masked(before),
        after=_masked(after),
    )
    entry = AuditEntry(
        action=actions.get(action).name,
        tenant_id=now.tenant_id,
        actor_kind=now.actor.kind,
        actor_id=now.actor.id,
        target_type=target_type,
        target_id=target_id,
        field_names=sorted({*before, *after}),
        request_id=now.request_id,
        session_id=now.session_id,
        details_digest=digest(detail),
    )
    detail.entry = entry
    # bulk_create asks for no RETURNING, which would fail on a row that the scope may add and not read.
    AuditEntry.objects.bulk_create([entry])
    AuditDetail.objects.bulk_create([detail])


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
