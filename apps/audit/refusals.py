"""Refused access is an entry too."""

from django.http import HttpRequest

from apps.audit.interface import record_attempt
from apps.core import scope
from apps.core.api.permissions import KeyIsNarrowed
from apps.core.errors import ApplicationError, PermissionDenied


def note(request: HttpRequest, error: ApplicationError) -> None:
    """Record that a member, whoever stands in for one, or a key of the workspace in scope lacks a permission."""
    now, lacking = scope.current(), _lacking(request, error)
    if lacking and now.tenant_id and now.actor.kind in ("person", "key", "staff"):
        record_attempt(
            action="access.denied",
            target_type="permission",
            target_id=None,
            after={"permission": lacking},
        )


def _lacking(request: HttpRequest, error: ApplicationError) -> str:
    """Return the permission that is missing, or what was tried if no permission covers it; empty for other errors."""
    if isinstance(error, KeyIsNarrowed):
        return f"{request.method} {request.path}"
    return error.permission if isinstance(error, PermissionDenied) else ""
