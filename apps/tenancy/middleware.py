"""The edge: from a session, a token or a key to the scope of the request."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from apps.core import scope, step_up
from apps.core.errors import ApplicationError, NotAuthenticated, NotFound
from apps.core.http.address import client_address
from apps.core.http.errors import answer
from apps.tenancy import bearer, gate
from apps.tenancy.entry import (
    API_PATH,
    WORKSPACE_PATH,
    refuse_shut,
    scope_inside,
    session_digest,
    slug_named,
    tenant_of_host,
)
from apps.tenancy.interface import MembershipSuspended, WorkspaceNotFound
from apps.tenancy.models import Membership
from apps.tenancy.selectors import memberships_of
from apps.tenancy.services.members import membership_note_opening
from apps.tenancy.services.slugs import holder_of
from apps.tenancy.services.support import OpenSupport, person_of
from apps.tenancy.support_middleware import SAFE_METHODS

STAFF_PATH = "/admin/"
OURS_ALONE = (STAFF_PATH, "/api/auth/")  # whoever signs in there may do more than in one workspace


class ScopeMiddleware:
    """Sets the scope: the person, then the workspace that the address, the header, the token or the key names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with scope.use(**_who(request)), scope.use(**_where(request)):
                _note_switch(request)
                return _bound(self.get_response(request))
        except _MovedError as moved:
            return _redirected(request, moved.slug)
        except ApplicationError as error:
            return answer(request, error)


class _MovedError(Exception):
    """The address in the request is a former one of a workspace of this person."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(slug)


def _redirected(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Send the browser to the same page of the workspace's present address, with what it posted."""
    path = WORKSPACE_PATH.sub(f"/w/{slug}/", request.get_full_path(), count=1)
    # Not for good: the old address may be given to somebody else one day.
    return HttpResponseRedirect(path, preserve_request=request.method not in ("GET", "HEAD"))


def _who(request: HttpRequest) -> dict[str, Any]:
    address = {"address": client_address(request)}
    if tenant_of_host(request) and request.path.startswith(OURS_ALONE):
        raise NotFound
    if bearer.is_presented(request):
        with scope.use(**address):
            return address | bearer.authenticate(request)
    user = request.user
    if not user.is_authenticated:
        return address
    kind: Any = "staff" if _support(request) else "person"
    return address | {
        "user_id": user.id,
        "actor": scope.Actor(kind=kind, id=user.id, label=user.display_name),
        "session_id": session_digest(request.session.session_key or ""),
        "authenticated_at": step_up.noted(request.session),
    }


def _where(request: HttpRequest) -> dict[str, Any]:
    slug = slug_named(request)
    if not slug or bearer.is_presented(request):
        return {}
    if not request.user.is_authenticated:
        raise NotAuthenticated
    if opened := _support(request):
        return _in_place_of(request, opened)
    memberships = list(memberships_of(request.user.id, suspended_too=True))
    request.memberships = [found for found in memberships if not found.suspended_at]  # type: ignore[attr-defined]
    membership = next((found for found in memberships if found.tenant.slug == slug), None)
    if membership is None:
        membership = _by_former_slug(slug, memberships)
        if not request.path.startswith(API_PATH):
            raise _MovedError(membership.tenant.slug)
    _refuse_other_host(request, membership)
    if membership.suspended_at:
        raise MembershipSuspended
    refuse_shut(membership)
    inside = scope_inside(membership)
    with scope.use(**inside):
        gate.demand(membership, gate.of_browser(request.session, membership.tenant))
    request.membership = membership  # type: ignore[attr-defined]
    return inside


def _support(request: HttpRequest) -> OpenSupport | None:
    return getattr(request, "support", None)


def _in_place_of(request: HttpRequest, opened: OpenSupport) -> dict[str, Any]:
    """Return the scope of a member whom support stands in for. The workspace's consent stands for its policy."""
    membership, person = opened.membership, person_of(opened.membership.user)
    refuse_shut(membership)
    request.membership, request.memberships = membership, [membership]  # type: ignore[attr-defined]
    return scope_inside(membership) | {
        "user_id": person.id,
        "on_behalf_of": person,
        "read_only": not opened.may_write or request.method in SAFE_METHODS,
    }


def _by_former_slug(slug: str, memberships: list[Membership]) -> Membership:
    """Return the person's membership of the workspace that once had an address. Programs may go on using it."""
    holder = holder_of(slug)
    membership = next((found for found in memberships if found.tenant_id == holder), None)
    if membership is None:
        raise WorkspaceNotFound
    return membership


def _refuse_other_host(request: HttpRequest, membership: Membership) -> None:
    """Hold a request by a workspace's own host name to that workspace."""
    if tenant_of_host(request) not in (None, membership.tenant_id):
        raise WorkspaceNotFound


def _note_switch(request: HttpRequest) -> None:
    """Note the coming to another workspace than the last one; a page in the same one writes nothing."""
    membership = getattr(request, "membership", None)
    if membership is None or request.path.startswith(API_PATH) or _support(request):
        return
    opened = [found.opened_at for found in request.memberships if found.opened_at]  # type: ignore[attr-defined]
    if not opened or membership.opened_at != max(opened):
        membership_note_opening(membership)


def _bound(response: Any) -> HttpResponseBase:
    # A streamed body is read after this middleware has put the scope away.
    if response.streaming:
        response.streaming_content = scope.bind(response.streaming_content)
    return response
