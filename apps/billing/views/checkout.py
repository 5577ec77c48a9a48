"""To the provider's page, where people pay, and back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.billing import selectors
from apps.billing.interface import AlreadySubscribed, PlanNotOffered
from apps.billing.providers.base import ProviderUnavailable
from apps.billing.services.checkout import checkout_begin, checkout_finish


@require_POST
def begin(request: HttpRequest, workspace: str) -> HttpResponse:
    """Lead to the page where a plan is paid for."""
    try:
        address = checkout_begin(plan=request.POST.get("plan", ""), interval=request.POST.get("interval", ""))
    except (AlreadySubscribed, PlanNotOffered, ProviderUnavailable) as error:
        messages.error(request, str(error.message))
        return redirect("billing:overview", workspace)
    return redirect(address)


@require_GET
def finish(request: HttpRequest, workspace: str) -> HttpResponse:
    """Bring in what was paid, so that the next page is right at once."""
    try:
        checkout_finish()
    except ProviderUnavailable:
        messages.info(request, _("Your payment is being confirmed. Reload the page in a minute."))
        return redirect("billing:overview", workspace)
    current = selectors.current_subscription()
    if current and current.status in ("active", "trialing") and not current.awaits_first_payment:
        messages.success(request, _("Thank you. Your plan is active."))
    else:
        messages.info(request, _("Nothing was paid yet. Your plan starts as soon as the payment arrives."))
    return redirect("billing:overview", workspace)
