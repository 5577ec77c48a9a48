"""The plans and their prices, for everybody."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.billing.offers import offers
from apps.billing.views.intervals import interval_tabs, wanted_interval


@require_GET
def pricing(request: HttpRequest) -> HttpResponse:
    """Show what is sold, by the month or by the year; or that nothing is."""
    interval = wanted_interval(request)
    context = {
        "is_on": bool(settings.STRIPE_SECRET_KEY),
        "offers": offers(interval),
        "tabs": interval_tabs(interval),
    }
    return render(request, "billing/pricing.html", context)
