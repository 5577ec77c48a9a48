"""The edge: from a session or a key to the scope of the request."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.interface import KeyHolder, KeyRefused, accounts
from apps.audit.interface import audit
from apps.core import permissions, scope
from apps.core.errors import ApplicationError, NotAuthenticated
from apps.core.http.address import client_address
from apps.core.http.errors import answer
from apps.tenancy.interface import (
    BeingErased,
    KeyOfAnotherWorkspace,
    MembershipSuspended,
    WorkspaceIsClosed,
    WorkspaceIsSuspended,
    WorkspaceNotFound,
)
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.selectors import active_membership, memberships_of, owner_names, permissions_of
from apps.tenancy.services.members import membership_note_opening

WORKSPACE_PATH = re.compile(r"/w/(?P<slug>[^/]+)/")
API_PATH = "/api/"


class ScopeMiddleware:
    """Sets the scope: the person, then the workspace that the address, the header or the key names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with scope.use(**_who(request)), scope.use(**_where(request)):
                _note_switch(request)
                return _bound(self.get_response(request))
        except ApplicationError as error:
            return answer(request, error)


def _who(request: HttpRequest) -> dict[str, Any]:
    address = {"address": client_address(request)}
    if request.path.startswith(API_PATH) and "Authorization" in request.headers:
        return address | _key_holder(request.headers["Authorization"], named=_slug(request))
    user = request.user
    if not user.is_authenticated:
        return address
    return address | {
        "user_id": user.id,
        "actor": scope.Actor(kind="person", id=user.id, label=user.display_name),
        "session_id": _session_id(request),
    }


def _key_holder(authorization: str, named: str) -> dict[str, Any]:
    kind, _space, presented = authorization.partition(" ")
    if kind.lower() != "bearer":
        raise NotAuthenticated("Send the API key as `Authorization: Bearer <key>`.")
    key = accounts().authenticate_key(presented=presented.strip())
    holder = scope.Actor(kind="key", id=key.id, label=key.name)
    with scope.use(tenant_id=key.tenant_id, actor=holder):
        creator = _creator_of(key)
        _refuse_other_workspace(creator.tenant, named)
        # A key never does more than its creator may do now.
        allowed = permissions.role(key.role).permissions & permissions_of(creator)
    _refuse_shut(creator, by_key=True)
    return _inside(creator) | {"actor": holder, "membership_role": key.role, "permissions": allowed}


def _creator_of(key: KeyHolder) -> Membership:
    for membership in active_membership.rows(key.created_by_id, key.tenant_id):
        return membership
    raise KeyRefused


def _refuse_other_workspace(tenant: Tenant, named: str) -> None:
    """Refuse a key that came with the address of another workspace, and note it in the key's own."""
    if named in ("", tenant.slug):
        return
    with transaction.atomic():
        audit().record(
            action="access.refused",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            after={"asked_for": named[:64]},
        )
    raise KeyOfAnotherWorkspace


def _where(request: HttpRequest) -> dict[str, Any]:
    slug = _slug(request)
    if not slug or scope.current().actor.kind == "key":
        return {}
    if not request.user.is_authenticated:
        raise NotAuthenticated
    memberships = list(memberships_of(request.user.id, suspended_too=True))
    request.memberships = [found for found in memberships if not found.suspended_at]  # type: ignore[attr-defined]
    membership = next((found for found in memberships if found.tenant.slug == slug), None)
    if membership is None:
        raise WorkspaceNotFound
    if membership.suspended_at:
        raise MembershipSuspended
    _refuse_shut(membership)
    request.membership = membership  # type: ignore[attr-defined]
    return _inside(membership)


def _inside(membership: Membership) -> dict[str, Any]:
    return {
        "tenant_id": membership.tenant_id,
        "cell": membership.tenant.cell.schema_name,
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


def _note_switch(request: HttpRequest) -> None:
    """Note the coming to another workspace than the last one; a page in the same one writes nothing."""
    membership = getattr(request, "membership", None)
    if membership is None or request.path.startswith(API_PATH):
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
    return sha256((request.session.session_key or "").encode()).hexdigest()[:16]


def _bound(response: Any) -> HttpResponseBase:
    # A streamed body is read after this middleware has put the scope away.
    if response.streaming:
        response.streaming_content = scope.bind(response.streaming_content)
    return response
