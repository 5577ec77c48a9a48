"""The edge: from a session, a token or a key to the scope of the request."""

import re
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from apps.accounts.interface import KeyHolder, KeyRefused, TokenHolder, TokenRefused, accounts
from apps.audit.interface import record_attempt
from apps.core import permissions, placement, scope, step_up
from apps.core.errors import ApplicationError, NotAuthenticated, NotFound
from apps.core.http.address import client_address
from apps.core.http.errors import answer
from apps.entitlements.interface import entitlements
from apps.tenancy import gate
from apps.tenancy.interface import (
    BeingErased,
    KeyOfAnotherWorkspace,
    MembershipSuspended,
    TokenOfAnotherWorkspace,
    WorkspaceIsClosed,
    WorkspaceIsSuspended,
    WorkspaceNotFound,
)
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.selectors import active_membership, memberships_of, owner_names, permissions_of
from apps.tenancy.services.members import membership_note_opening
from apps.tenancy.services.slugs import holder_of
from apps.tenancy.services.support import OpenSupport, person_of
from apps.tenancy.support_middleware import SAFE_METHODS

WORKSPACE_PATH = re.compile(r"/w/(?P<slug>[^/]+)/")
API_PATH = "/api/"
STAFF_PATH = "/admin/"
OURS_ALONE = (STAFF_PATH, "/api/auth/")  # whoever signs in there may do more than in one workspace
REMEMBERED = (
    1.0  # seconds that a plan with the API is not asked for again: it would be a round trip for each request
)
MOST_REMEMBERED = 10_000


_api_seen: dict[UUID, float] = {}


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
    if _tenant_of_host(request) and request.path.startswith(OURS_ALONE):
        raise NotFound
    if _is_program(request):
        with scope.use(**address):
            return address | _bearer(request)
    user = request.user
    if not user.is_authenticated:
        return address
    kind: Any = "staff" if _support(request) else "person"
    return address | {
        "user_id": user.id,
        "actor": scope.Actor(kind=kind, id=user.id, label=user.display_name),
        "session_id": _session_id(request),
        "authenticated_at": step_up.noted(request.session),
    }


def _is_program(request: HttpRequest) -> bool:
    return request.path.startswith(API_PATH) and "Authorization" in request.headers


def _bearer(request: HttpRequest) -> dict[str, Any]:
    kind, _space, presented = request.headers["Authorization"].partition(" ")
    if kind.lower() != "bearer":
        raise NotAuthenticated("Send the token or the API key as `Authorization: Bearer <token>`.")
    presented = presented.strip()
    if "." in presented:  # as in every token, and in no key
        return _token_holder(request, accounts().authenticate_token(presented=presented))
    return _key_holder(request, accounts().authenticate_key(presented=presented))


def _token_holder(request: HttpRequest, token: TokenHolder) -> dict[str, Any]:
    request.token = token  # type: ignore[attr-defined]
    who = {
        "user_id": token.user_id,
        "session_id": _digest(str(token.session_id)),
        "authenticated_at": token.authenticated_at,
    }
    if token.tenant_id is None:
        return who | _outside(request, token)
    cell = placement.last_seen_cell(token.tenant_id)
    with scope.use(tenant_id=token.tenant_id, cell=cell, **who):
        membership = next(iter(active_membership.rows(token.user_id, token.tenant_id)), None)
        if membership is None or membership.version != token.membership_version:
            raise TokenRefused
        person = scope.Actor(kind="person", id=token.user_id, label=membership.user.display_name)
        with scope.use(actor=person):
            _refuse_other_workspace(request, membership.tenant, TokenOfAnotherWorkspace)
            gate.demand(membership, gate.of_token(token))
    _refuse_shut(membership)
    return who | _inside(membership) | {"actor": person}


def _outside(request: HttpRequest, token: TokenHolder) -> dict[str, Any]:
    """Return who a token without a workspace acts for: they may choose one."""
    if _slug(request) or _tenant_of_host(request):
        raise TokenOfAnotherWorkspace
    person = accounts().get_person(user_id=token.user_id)
    return {"actor": scope.Actor(kind="person", id=person.id, label=person.name)}


def _key_holder(request: HttpRequest, key: KeyHolder) -> dict[str, Any]:
    holder = scope.Actor(kind="key", id=key.id, label=key.name)
    cell = placement.last_seen_cell(key.tenant_id)
    with scope.use(tenant_id=key.tenant_id, cell=cell, actor=holder):
        creator = _creator_of(key)
        _refuse_other_workspace(request, creator.tenant, KeyOfAnotherWorkspace)
        gate.demand_of_key(creator, is_personal=not key.role)
        allowed = _allowed(key, creator)
        _require_api(creator)
    _refuse_shut(creator, by_key=True)
    who: dict[str, Any] = {"actor": holder, "permissions": allowed, "is_narrowed": key.scopes is not None}
    # Without a role it acts as its creator, in this one workspace.
    acts_as: dict[str, Any] = {"membership_role": key.role} if key.role else {"user_id": key.created_by_id}
    return _inside(creator) | who | acts_as


def _allowed(key: KeyHolder, creator: Membership) -> frozenset[str]:
    """Return what a key may do: never more than its creator may do now."""
    allowed = permissions_of(creator)
    if key.role:
        allowed &= permissions.role(key.role).permissions
    return allowed if key.scopes is None else allowed & key.scopes


def _require_api(creator: Membership) -> None:
    """Refuse a workspace whose plan has no API. Who gets one can use it at once."""
    tenant_id = creator.tenant.id
    if time.monotonic() < _api_seen.get(tenant_id, 0):
        return
    with scope.use(membership_role=creator.role):  # so that the refusal leads to the plans
        entitlements().require(tenant_id=tenant_id, feature="api.access")
    if len(_api_seen) >= MOST_REMEMBERED:
        _api_seen.clear()
    _api_seen[tenant_id] = time.monotonic() + REMEMBERED


def _creator_of(key: KeyHolder) -> Membership:
    for membership in active_membership.rows(key.created_by_id, key.tenant_id):
        return membership
    raise KeyRefused


def _refuse_other_workspace(request: HttpRequest, tenant: Tenant, refusal: type[ApplicationError]) -> None:
    """Refuse a key or token that came with the name of another workspace, and note it in its own."""
    named = _named(request, tenant)
    if not named:
        return
    record_attempt(
        action="access.refused",
        target_type="workspace",
        target_id=tenant.id,
        target_label=tenant.name,
        after={"asked_for": named[:64]},
    )
    raise refusal


def _named(request: HttpRequest, tenant: Tenant) -> str:
    """Return by what name a request means another workspace than this; empty if it does not."""
    if _tenant_of_host(request) not in (None, tenant.id):
        return request.get_host()
    slug = _slug(request)
    return "" if slug in ("", tenant.slug) or holder_of(slug) == tenant.id else slug


def _where(request: HttpRequest) -> dict[str, Any]:
    slug = _slug(request)
    if not slug or _is_program(request):
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
    _refuse_shut(membership)
    inside = _inside(membership)
    with scope.use(**inside):
        gate.demand(membership, gate.of_browser(request.session, membership.tenant))
    request.membership = membership  # type: ignore[attr-defined]
    return inside


def _support(request: HttpRequest) -> OpenSupport | None:
    return getattr(request, "support", None)


def _in_place_of(request: HttpRequest, opened: OpenSupport) -> dict[str, Any]:
    """Return the scope of a member whom support stands in for. The workspace's consent stands for its policy."""
    membership, person = opened.membership, person_of(opened.membership.user)
    _refuse_shut(membership)
    request.membership, request.memberships = membership, [membership]  # type: ignore[attr-defined]
    return _inside(membership) | {
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


def _inside(membership: Membership) -> dict[str, Any]:
    cell = membership.tenant.cell.schema_name
    placement.remember(membership.tenant.id, cell)
    return {
        "tenant_id": membership.tenant_id,
        "cell": cell,
        "membership_role": membership.role,
        "permissions": permissions_of(membership),
    }


def _refuse_shut(membership: Membership, *, by_key: bool = False) -> None:
    """Refuse a suspended workspace to everybody, and one that is to be erased to all but its owners."""
    tenant = membership.tenant
    if tenant.suspended_at:
        raise WorkspaceIsSuspended(reason=tenant.suspension_reason, support=settings.SUPPORT_EMAIL)
    if tenant.erasing_at:
        raise BeingErased
    if tenant.erase_due_at and (by_key or membership.role != permissions.OWNER):
        raise WorkspaceIsClosed(erase_due_at=tenant.erase_due_at, owners=owner_names(tenant.id))


def _refuse_other_host(request: HttpRequest, membership: Membership) -> None:
    """Hold a request by a workspace's own host name to that workspace."""
    if _tenant_of_host(request) not in (None, membership.tenant_id):
        raise WorkspaceNotFound


def _tenant_of_host(request: HttpRequest) -> UUID | None:
    return getattr(request, "host_tenant_id", None)


def _note_switch(request: HttpRequest) -> None:
    """Note the coming to another workspace than the last one; a page in the same one writes nothing."""
    membership = getattr(request, "membership", None)
    if membership is None or request.path.startswith(API_PATH) or _support(request):
        return
    opened = [found.opened_at for found in request.memberships if found.opened_at]  # type: ignore[attr-defined]
    if not opened or membership.opened_at != max(opened):
        membership_note_opening(membership)


def _slug(request: HttpRequest) -> str:
    if request.path.startswith(API_PATH):
        return request.headers.get(settings.WORKSPACE_HEADER, "")
    found = WORKSPACE_PATH.match(request.path)
    return found["slug"] if found else ""


def _session_id(request: HttpRequest) -> str:
    """Return a short digest of the session's key: it tells sessions apart in the log, and opens nothing."""
    return _digest(request.session.session_key or "")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _bound(response: Any) -> HttpResponseBase:
    # A streamed body is read after this middleware has put the scope away.
    if response.streaming:
        response.streaming_content = scope.bind(response.streaming_content)
    return response
