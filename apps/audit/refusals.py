"""Refused access is an entry too."""

from django.http import HttpRequest

from apps.audit.interface import record_attempt
from apps.core import scope
from apps.core.errors import ApplicationError, PermissionDenied


def note(_request: HttpRequest, error: ApplicationError) -> None:
    """Record that a member, whoever stands in for one, or a key of the workspace in scope lacks a permission."""
    now = scope.current()
    if not isinstance(error, PermissionDenied) or not error.permission:
        return
    if now.tenant_id and now.actor.kind in ("person", "key", "staff"):
        record_attempt(
            action="access.denied",
            target_type="permission",
            target_id=None,
            after={"permission": error.permission},
        )
