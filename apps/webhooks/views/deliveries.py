"""The pages of what was sent."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from apps.webhooks import selectors
from apps.webhooks.forms import ReplayForm
from apps.webhooks.interface import EndpointIsDisabled
from apps.webhooks.services.messages import endpoint_test
from apps.webhooks.services.replaying import delivery_replay, failed_replay


@require_GET
def detail(request: HttpRequest, workspace: str, delivery_id: UUID) -> HttpResponse:
    """Show a delivery, with each try's request, answer and time."""
    delivery = selectors.delivery_of(delivery_id)
    context = {"delivery": delivery, "attempts": delivery.attempts.order_by("-id")[:25]}
    return render(request, "webhooks/delivery.html", context)


@require_POST
def replay(request: HttpRequest, workspace: str, delivery_id: UUID) -> HttpResponse:
    """Send a message again."""
    try:
        delivery_replay(delivery_id=delivery_id)
    except EndpointIsDisabled as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("It is being sent again. Reload the page in a moment."))
    return redirect("webhooks:delivery", workspace, delivery_id)


@require_POST
def test(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Send a test event."""
    try:
        delivery = endpoint_test(endpoint_id=endpoint_id)
    except EndpointIsDisabled as error:
        messages.error(request, str(error.message))
        return redirect("webhooks:endpoint", workspace, endpoint_id)
    messages.success(request, _("The test is on its way. Reload the page in a moment."))
    return redirect("webhooks:delivery", workspace, delivery.id)


@require_POST
def replay_failed(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Send all that failed in a range of time again."""
    form = ReplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say since when, and until when if it ended, with a date and a time."))
        return redirect("webhooks:endpoint", workspace, endpoint_id)
    try:
        count = failed_replay(endpoint_id=endpoint_id, **form.cleaned_data)
    except EndpointIsDisabled as error:
        messages.error(request, str(error.message))
    else:
        text = ngettext("%(count)d delivery is sent again.", "%(count)d deliveries are sent again.", count)
        messages.success(request, text % {"count": count} if count else _("Nothing failed in that time."))
    return redirect("webhooks:endpoint", workspace, endpoint_id)
