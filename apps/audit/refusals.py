"""Refused access is an entry too."""

from apps.audit.interface import record_attempt
from apps.core import scope
from apps.core.errors import PermissionDenied


def note(error: PermissionDenied) -> None:
    """Record that a member, whoever stands in for one, or a key of the workspace in scope lacks a permission."""
    now = scope.current()
    if now.tenant_id and now.actor.kind in ("person", "key", "staff"):
        record_attempt(
            action="access.denied",
            target_type="permission",
            target_id=None,
            after={"permission": error.permission},
        )
