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


class InWorkspace(BasePermission):
    """Demands a workspace, and the view's permission: `read_permission` to read, `write_permission` to write.

    An empty one is for views that show everybody what is their own.

    :raises NotAuthenticated: without a key or a session
    :raises WorkspaceRequired: with a session and no header that names one
    :raises PermissionDenied: if the actor may not
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        now = scope.current()
        if now.actor.kind not in ("person", "key"):
            raise NotAuthenticated("Send an API key as a bearer token, or sign in.")
        if now.tenant_id is None:
            raise WorkspaceRequired
        needed = view.read_permission if request.method in SAFE_METHODS else view.write_permission
        if needed:  # What is a person's own needs none.
            permissions.require(needed)
        return True
