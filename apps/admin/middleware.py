"""The back office works across tenants."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from apps.core import scope
from apps.core.errors import Invalid
from apps.core.http.errors import answer
from apps.tenancy.interface import Workspace, WorkspaceNotFound, tenancy

PATH = "/admin/"


class BackofficeMiddleware:
    """Gives staff the platform role under /admin/, and nobody anywhere else.

    `?tenant_id=` chooses a workspace: its cell is read, and its audit log tells of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PATH) or not is_staff(request):
            return self.get_response(request)
        staff = replace(scope.current().actor, kind="staff")
        with scope.use(role="platform", actor=staff):
            try:
                workspace = _chosen(request)
                _refuse_nul(request)
            except (Invalid, WorkspaceNotFound) as error:
                return answer(request, error)
            return self._respond(request, workspace)

    def _respond(self, request: HttpRequest, workspace: Workspace | None) -> HttpResponseBase:
        request.workspace = workspace  # type: ignore[attr-defined]
        if workspace is None:
            return self.get_response(request)
        with scope.use(tenant_id=workspace.id, cell=workspace.cell):
            return self.get_response(request)


def is_staff(request: HttpRequest) -> bool:
    """Tell whether the request comes from an active member of staff."""
    return bool(request.user.is_authenticated and request.user.is_active and request.user.is_staff)


def _refuse_nul(request: HttpRequest) -> None:
    """Refuse NUL, which PostgreSQL can't compare with; Django's lists would fail on it."""
    if any("\x00" in value for values in request.GET.lists() for value in values[1]):
        raise Invalid


def _chosen(request: HttpRequest) -> Workspace | None:
    given = request.GET.get("tenant_id")
    if given is None:
        return None
    try:
        tenant_id = UUID(given)
    except ValueError as error:
        raise WorkspaceNotFound from error
    return tenancy().get_workspace(tenant_id=tenant_id)
