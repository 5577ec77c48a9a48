"""Requests of a member of staff who works in a workspace as one of its members."""

from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from apps.audit.interface import record_attempt
from apps.core import scope, support
from apps.core.errors import ApplicationError
from apps.core.http.address import client_address
from apps.core.http.errors import answer
from apps.core.support import RefusedToSupport, SupportOnlyLooks
from apps.tenancy.interface import SupportElsewhere, SupportOver
from apps.tenancy.models import SupportSession, Tenant
from apps.tenancy.selectors import support_sessions
from apps.tenancy.services.support import person_of, support_check, support_end

#: What a session remembers: the support session that its person has begun.
KEY = "support"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: The ways out. They change nothing of the workspace.
OUT = {"tenancy:support_end", "account_logout"}


class SupportMiddleware:
    """Holds whoever works for support to the one workspace, and there to what support may do.

    `request.support` is the open support session, or None. Nothing else is reached until it ends: no account, no
    other workspace, no back office, no API. In the workspace only what modules allow is changed, if anything is
    (`apps.core.support`), and no file is handed out. That nothing is changed by reading, the database sees to.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        request.support = None
        # A program shows who it is with each request. It keeps no session, and reading one would cost it a query.
        is_program = request.path.startswith("/api/") and "Authorization" in request.headers
        kept = None if is_program else request.session.get(KEY)
        if not kept:
            return self.get_response(request)
        try:
            request.support = support_check(**kept, staff=request.user)
        except SupportOver as over:
            del request.session[KEY]
            if not request.path.startswith("/w/"):
                return self.get_response(request)
            _record_late(request, **kept)
            return answer(request, over)
        return self._respond(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        opened, route = request.support, request.resolver_match.view_name
        if opened is None or request.method in SAFE_METHODS or route in OUT:
            return None
        if not opened.may_write:
            return answer(request, SupportOnlyLooks())
        return None if support.is_allowed(route) else answer(request, RefusedToSupport())

    def _respond(self, request: Any) -> HttpResponseBase:
        opened, staff = request.support, request.user
        tenant, member = opened.membership.tenant, opened.membership.user
        if not _is_within(request, tenant):
            _record(request, tenant, staff, member)
            return answer(request, SupportElsewhere())
        response = self.get_response(request)
        if KEY not in request.session:  # They pressed End, or have logged out.
            with _under_both_names(request, staff, member):
                support_end(session_id=opened.id, tenant_id=tenant.id)
        if response.get("Content-Disposition", "").startswith("attachment"):
            response.close()
            _record(request, tenant, staff, member)
            return answer(request, RefusedToSupport())
        return response


def note(request: HttpRequest, error: ApplicationError) -> None:
    """Record what was refused because it is not for support."""
    if isinstance(error, RefusedToSupport) and scope.current().on_behalf_of:
        _record_refusal(f"{request.method} {request.path}")


def remember(session: MutableMapping[str, Any], row: SupportSession) -> None:
    """Have a session work in a workspace for support."""
    session[KEY] = {"session_id": str(row.id), "tenant_id": str(row.tenant_id)}


def forget(session: MutableMapping[str, Any]) -> None:
    """Have it no longer do so. The support session ends with the request."""
    session.pop(KEY, None)


def _record_late(request: Any, *, session_id: str, tenant_id: str) -> None:
    """Add to the workspace's log that its support tried to go on after the end."""
    with scope.use(tenant_id=UUID(tenant_id)):
        row = support_sessions().filter(id=session_id).first()
        tenant = Tenant.objects.filter(id=tenant_id).first()
    # Not whoever else has come by the session.
    if row and tenant and request.user.pk in (row.staff_id, None):
        _record(request, tenant, row.staff, row.user)


def _record(request: HttpRequest, tenant: Tenant, staff: Any, member: Any) -> None:
    """Add to a workspace's log that its support was refused what a request asks for."""
    path = request.path if _is_within(request, tenant) else _first_word(request.path)
    with _under_both_names(request, staff, member), scope.use(tenant_id=tenant.id):
        _record_refusal(f"{request.method} {path}")


def _first_word(path: str) -> str:
    """Return how a path begins: the rest may name other workspaces, and hold secrets."""
    word = path.split("/")[1]
    return f"/{word}/…" if word else "/"


def _record_refusal(tried: str) -> None:
    record_attempt(action="support.refused", target_type="page", target_id=None, target_label=tried[:254])


def _under_both_names(request: HttpRequest, staff: Any, member: Any) -> AbstractContextManager[scope.Scope]:
    return scope.use(
        actor=scope.Actor(kind="staff", id=staff.id, label=staff.display_name),
        on_behalf_of=person_of(member),
        address=client_address(request),
    )


def _is_within(request: HttpRequest, tenant: Tenant) -> bool:
    return request.path.startswith(f"/w/{tenant.slug}/") or request.path == reverse("account_logout")
