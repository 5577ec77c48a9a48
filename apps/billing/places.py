"""What billing has to say on pages of other modules; see `apps.core.places`."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.billing import selectors
from apps.billing.offers import is_per_seat, plan_name
from apps.core import permissions, places, scope
from apps.entitlements.interface import Standing, entitlements

NOTHING = SafeString("")


def fill() -> None:
    """Tell of seats where people are invited, of the plan where a workspace is deleted, and of unpaid invoices."""
    places.fill("members.invite", _seats)
    places.fill("workspace.delete", _no_renewal)
    places.fill("workspace.banner", _missing_payment)


def _seats(slug: str) -> SafeString:
    if not settings.STRIPE_SECRET_KEY:
        return NOTHING
    seats = entitlements().limit(tenant_id=scope.tenant_id(), name="members.seats")
    if seats.is_reached:
        shown = {"seats": seats, "slug": slug, "may_manage": permissions.allows("billing.manage")}
        return render_to_string("billing/_seats_full.html", shown)
    current = selectors.current_subscription()
    if current is None or current.status not in ("active", "past_due") or not is_per_seat(current.lookup_key):
        return NOTHING
    return render_to_string("billing/_seat_cost.html", {"subscription": current})


def _no_renewal(slug: str) -> SafeString:
    current = selectors.current_subscription() if settings.STRIPE_SECRET_KEY else None
    if current is None or current.cancel_at:
        return NOTHING
    return render_to_string("billing/_no_renewal.html", {"plan": plan_name(current.plan)})


def _missing_payment(slug: str) -> SafeString:
    facts = entitlements().get_facts(tenant_id=scope.tenant_id())
    if facts.standing is Standing.FULL:
        return NOTHING
    may_manage = permissions.allows("billing.manage")
    return render_to_string("billing/_banner.html", {"facts": facts, "slug": slug, "may_manage": may_manage})
