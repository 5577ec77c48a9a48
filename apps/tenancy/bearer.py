"""The edge for programs: from a token or a key to the scope of the request."""

import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from apps.accounts.interface import KeyHolder, KeyRefused, TokenHolder, TokenRefused, accounts
from apps.audit.interface import record_attempt
from apps.core import permissions, placement, scope
from apps.core.errors import ApplicationError, NotAuthenticated
from apps.entitlements.interface import entitlements
from apps.tenancy import gate
from apps.tenancy.entry import API_PATH, refuse_shut, scope_inside, session_digest, slug_named, tenant_of_host
from apps.tenancy.interface import KeyOfAnotherWorkspace, TokenOfAnotherWorkspace
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.selectors import active_membership, permissions_of
from apps.tenancy.services.slugs import holder_of

#: Seconds that a plan with the API is not asked for again: it would be a round trip for each request.
REMEMBERED = 1.0
MOST_REMEMBERED = 10_000

_api_seen: dict[UUID, float] = {}


def is_presented(request: HttpRequest) -> bool:
    """Tell whether a request shows by a header who it is, as programs do. A session it may have counts for nothing."""
    return request.path.startswith(API_PATH) and "Authorization" in request.headers


def authenticate(request: HttpRequest) -> dict[str, Any]:
    """Return the scope of who holds the token or the key of a request, in the workspace that it opens.

    :raises NotAuthenticated: if the header has neither
    :raises ApplicationError: if it is refused: by accounts, by the workspace's state, policy or plan, or because the
        request names another workspace
    """
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
        "session_id": session_digest(str(token.session_id)),
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
    refuse_shut(membership)
    return who | scope_inside(membership) | {"actor": person}


def _outside(request: HttpRequest, token: TokenHolder) -> dict[str, Any]:
    """Return who a token without a workspace acts for: they may choose one."""
    if slug_named(request) or tenant_of_host(request):
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
    refuse_shut(creator, by_key=True)
    who: dict[str, Any] = {"actor": holder, "permissions": allowed, "is_narrowed": key.scopes is not None}
    # Without a role it acts as its creator, in this one workspace.
    acts_as: dict[str, Any] = {"membership_role": key.role} if key.role else {"user_id": key.created_by_id}
    return scope_inside(creator) | who | acts_as


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
    if tenant_of_host(request) not in (None, tenant.id):
        return request.get_host()
    slug = slug_named(request)
    return "" if slug in ("", tenant.slug) or holder_of(slug) == tenant.id else slug
