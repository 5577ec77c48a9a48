"""What a workspace demands of those who come in: a second step, a recent log-in, a network address.

It is judged at each request, from rows that the request reads anyway, and when a token is made. One owner may be
exempt from second step and addresses, so that a mistake locks nobody out for good: the exempt owner. Each use of that
is recorded, and all owners hear of it.
"""

from datetime import timedelta

from apps.core import clock, scope
from apps.core.http.ranges import is_within
from apps.core.permissions import OWNER
from apps.tenancy.interface import AddressOutside, PolicyRefusal, SecondStepRequired, SessionOver, SignIn
from apps.tenancy.models import Membership, Tenant


def demand(membership: Membership, sign_in: SignIn) -> PolicyRefusal | None:
    """Demand that a member who signed in like this may come in, from the address in scope.

    Return what would have kept out anybody but the exempt owner.

    :raises PolicyRefusal: if the policy does not let them in
    """
    tenant = membership.tenant
    if is_over(tenant, sign_in):
        raise SessionOver
    refusal = _refusal(tenant, sign_in)
    if refusal and not _is_exempt(membership):
        raise refusal
    return refusal


def demand_address(tenant: Tenant) -> None:
    """Demand that the workspace is open to the address in scope, whoever comes from there.

    :raises AddressOutside: if it is not
    """
    if tenant.allowed_ranges and not is_within(scope.current().address, tenant.allowed_ranges):
        raise AddressOutside


def asks_for_second_step(member: Membership) -> bool:
    """Tell whether a member must have a second step."""
    return member.tenant.requires_second_step and not _is_exempt(member)


def is_over(tenant: Tenant, sign_in: SignIn) -> bool:
    """Tell whether somebody has to show again who they are."""
    now, since = clock.now(), sign_in.authenticated_at
    if tenant.session_hours and (since is None or now - since > timedelta(hours=tenant.session_hours)):
        return True
    if not tenant.idle_minutes:
        return False
    times = [at for at in (since, sign_in.seen_at) if at]
    return not times or now - max(times) > timedelta(minutes=tenant.idle_minutes)


def _is_exempt(member: Membership) -> bool:
    return member.tenant.exempt_owner_id == member.user_id and member.role == OWNER


def _refusal(tenant: Tenant, sign_in: SignIn) -> PolicyRefusal | None:
    try:
        demand_address(tenant)
    except AddressOutside as outside:
        return outside
    return SecondStepRequired() if tenant.requires_second_step and not sign_in.has_second_step else None
