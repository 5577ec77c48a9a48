"""What an API operation demands."""

from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.core import permissions, scope
from apps.core.errors import ApplicationError, NotAuthenticated


class WorkspaceRequired(ApplicationError):
    """A session may reach several workspaces, and the request names none."""

    code = "workspace_required"
    message = f"Say which workspace you mean: send its slug in the {settings.WORKSPACE_HEADER} header."


class KeyIsNarrowed(ApplicationError):
    """A key with scopes does what they name, and this is named by none."""

    code = "key_is_narrowed"
    status = 403
    message = "This API key is narrowed to some permissions, and none of them covers this."


class InWorkspace(BasePermission):
    """Demands a workspace, and the view's permission: `read_permission` to read, `write_permission` to write.

    An empty one is for views that show everybody what is their own. Keys with scopes are refused there, but for reading
    with the view's `narrowed_read_permission`, if it has one.

    :raises NotAuthenticated: without a key or a session
    :raises WorkspaceRequired: with a session and no header that names one
    :raises PermissionDenied: if the actor may not
    :raises KeyIsNarrowed: if the actor is a key with scopes, and the view names no permission
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        now = scope.current()
        if now.actor.kind not in ("person", "key"):
            raise NotAuthenticated("Send an API key as a bearer token, or sign in.")
        if now.tenant_id is None:
            raise WorkspaceRequired
        is_read = request.method in SAFE_METHODS
        needed = view.read_permission if is_read else view.write_permission
        if now.is_narrowed and not needed:
            needed = needed_if_narrowed(view, is_read=is_read)
            if not needed:
                raise KeyIsNarrowed
        if needed:  # What is a person's own needs none.
            permissions.require(needed)
        return True


def needed_if_narrowed(view: Any, *, is_read: bool) -> str:
    """Return what a key with scopes needs where others need no permission; empty if it is refused."""
    return getattr(view, "narrowed_read_permission", "") if is_read else ""
