"""What a workspace pays for, and what else it could have."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.billing import selectors
from apps.billing.offers import cost_of, offers, plan_name
from apps.billing.providers.stripe import page_origins
from apps.billing.views.intervals import interval_tabs, wanted_interval
from apps.core import permissions, scope
from apps.entitlements.interface import entitlements

NEWEST = 12


@require_GET
def overview(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the plan, the plans to choose from, and the invoices."""
    permissions.require("billing.manage")
    interval = wanted_interval(request)
    account, current = selectors.account(), selectors.current_subscription()
    invoices = list(selectors.invoices()[:NEWEST])
    standing = selectors.standing_of(account, current)
    present = entitlements().get_facts(tenant_id=scope.tenant_id()).plan
    context = {
        "is_on": bool(settings.STRIPE_SECRET_KEY),
        "account": account,
        "subscription": current,
        "cost": cost_of(current) if current else "",
        "standing": standing,
        "plan": plan_name(present),
        "offers": offers(
            interval,
            lookup_key=current.lookup_key if current and standing.plan else "",
            present=present,
            may_try=selectors.may_try(),
        ),
        "interval": interval,
        "tabs": interval_tabs(interval),
        "invoices": invoices,
        "unpaid": next((one for one in invoices if one.status == "open" and one.url), None),
    }
    response = render(request, "billing/overview.html", context)
    # Its forms lead on to the provider's pages, which browsers hold against the page's policy.
    response._csp_update = {"form-action": page_origins()}  # type: ignore[attr-defined]
    return response
