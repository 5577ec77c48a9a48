"""Taking something out of a log, so that the rest can still be verified: each time, a signed receipt stays."""

import json
from typing import Any

from django.db import connection

from apps.audit.chain import keys
from apps.audit.chain.documents import digest_of_ids, document, written
from apps.audit.chain.sealing import hold, tail
from apps.audit.models import AuditErasure
from apps.core import clock, scope
from apps.core.codec import encode


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


def _run(function: str, receipt: AuditErasure) -> tuple[int, int]:
    """Have a database function erase what the receipt says, and keep the receipt; return the entries and details."""
    receipt.kid, receipt.signature = keys.sign(receipt_document(receipt))
    values = {field.attname: getattr(receipt, field.attname) for field in receipt._meta.concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(f"select entries, details from {function}(%s)", [json.dumps(encode(values))])  # noqa: S608 - a name of ours
        entries, details = cursor.fetchone()
    return entries, details
