"""To the provider's pages, where people pay, and back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.billing import selectors
from apps.billing.providers.base import ProviderUnavailable
from apps.billing.services.checkout import checkout_begin, checkout_finish
from apps.billing.services.customers import portal_open
from apps.billing.views.refusals import refused_on_overview
from apps.core.step_up import step_up


@require_POST
@refused_on_overview
def begin(request: HttpRequest, workspace: str) -> HttpResponse:
    """Lead to the page where a plan is paid for."""
    return redirect(
        checkout_begin(plan=request.POST.get("plan", ""), interval=request.POST.get("interval", ""))
    )


@require_POST
@step_up
@refused_on_overview
def portal(request: HttpRequest, workspace: str) -> HttpResponse:
    """Lead to the page where the card is changed, and the plan cancelled or resumed."""
    return redirect(portal_open())


@require_GET
@refused_on_overview
def finish(request: HttpRequest, workspace: str) -> HttpResponse:
    """Bring in what was paid or changed there, so that the next page is right at once."""
    try:
        checkout_finish()
    except ProviderUnavailable:
        messages.info(request, _("Your payment is being confirmed. Reload the page in a minute."))
        return redirect("billing:overview", workspace)
    if request.GET.get("from") == "checkout":
        _say_what_became_of_it(request)
    return redirect("billing:overview", workspace)


def _say_what_became_of_it(request: HttpRequest) -> None:
    current = selectors.current_subscription()
    if current and current.status in ("active", "trialing") and not current.awaits_first_payment:
        messages.success(request, _("Thank you. Your plan is active."))
    else:
        messages.info(request, _("Nothing was paid yet. Your plan starts as soon as the payment arrives."))
