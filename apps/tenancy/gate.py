"""The workspace's policy at the edge: how a request is signed in, and what is recorded of what the policy says."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.cache import caches

from apps.accounts.interface import TokenHolder, accounts
from apps.core import clock, permissions, scope, step_up
from apps.tenancy import policy
from apps.tenancy.interface import PolicyRefusal, SecondStepRequired, SessionOver, SignIn, record_refusal
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.policy import bypass_record

SEEN_IS_NOTED_EVERY = 60  # seconds
BYPASS_APART = 86_400  # seconds in which a session's use of the owner's exemption is told of once


def of_browser(session: MutableMapping[str, Any], tenant: Tenant) -> SignIn:
    """Return how a browser is signed in. When it was last in a workspace is noted only where that counts."""
    key = f"seen:{tenant.id}"
    seen = session.get(key)
    sign_in = SignIn(
        methods=step_up.methods(session),
        authenticated_at=step_up.noted(session),
        seen_at=datetime.fromtimestamp(seen, UTC) if seen else None,
    )
    now = clock.now().timestamp()
    is_due = tenant.idle_minutes and now - (seen or 0) > SEEN_IS_NOTED_EVERY
    if is_due and not policy.is_over(tenant, sign_in):
        session[key] = now
    return sign_in


def of_token(token: TokenHolder) -> SignIn:
    """Return how an app is signed in."""
    return SignIn(
        methods=token.methods,
        authenticated_at=token.authenticated_at,
        seen_at=clock.now(),  # How long it was away is judged when the token is refreshed.
    )


def demand(membership: Membership, sign_in: SignIn) -> None:
    """Demand what the workspace in scope does, and record it: a refusal, and what its exempt owner uses.

    :raises PolicyRefusal: if the policy does not let the member in
    """
    with _recorded(membership.tenant):
        bypassed = policy.demand(membership, sign_in)
    if bypassed and _is_first(f"{membership.id}:{scope.current().session_id}:{bypassed.code}"):
        bypass_record(membership, bypassed)


def has_way_in(membership: Membership, session: Mapping[str, Any]) -> bool:
    """Tell whether a workspace is open, and has a way in for a browser as it is signed in. To look is no visit."""
    tenant = membership.tenant
    is_closed = tenant.erase_due_at and membership.role != permissions.OWNER
    if tenant.suspended_at or tenant.erasing_at or is_closed:
        return False
    try:
        policy.demand(membership, of_browser(dict(session), tenant))
    except SessionOver:
        return True  # They can show there who they are.
    except PolicyRefusal:
        return False
    return True


def demand_of_key(creator: Membership, *, is_personal: bool) -> None:
    """Demand of a key what the workspace in scope does, and record a refusal.

    A personal one acts as its creator, so it is no way around the second step that is asked of them.

    :raises PolicyRefusal: if the policy does not let the key in
    """
    with _recorded(creator.tenant):
        policy.demand_address(creator.tenant)
        must_have = is_personal and policy.asks_for_second_step(creator)
        if must_have and not accounts().has_second_step(user_id=creator.user_id):
            raise SecondStepRequired


def _is_first(use: str) -> bool:
    return bool(caches["limits"].add(f"bypass:{use}", 1, BYPASS_APART))


@contextmanager
def _recorded(tenant: Tenant) -> Iterator[None]:
    try:
        yield
    except PolicyRefusal as refusal:
        record_refusal(refusal, name=tenant.name)
        raise
