"""The pages of the endpoints."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, webhook_events
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.core.pages import page_of
from apps.core.step_up import step_up
from apps.webhooks import selectors
from apps.webhooks.filters import EndpointLogFilter
from apps.webhooks.forms import EndpointForm, ReplayForm
from apps.webhooks.interface import TooManyEndpoints
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.services.endpoints import endpoint_add, endpoint_change, secret_rotate
from apps.webhooks.services.signing import secret_of


@require_GET
def endpoint_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the endpoints."""
    return render(request, "webhooks/list.html", {"endpoints": selectors.endpoints()})


@require_GET
def guide(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show how to receive events."""
    permissions.require("webhooks.manage")
    return render(request, "webhooks/guide.html", {"kinds": webhook_events.declared()})


@require_GET
def detail(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Show an endpoint and what was sent there."""
    endpoint = selectors.endpoint_of(endpoint_id)
    log = EndpointLogFilter(request.GET, queryset=selectors.deliveries().filter(endpoint_id=endpoint.id))
    status = 200 if log.is_valid() else 422
    page = page_of(log.qs, cursor=request.GET.get("cursor", "")) if status == 200 else None
    context = {
        "endpoint": endpoint,
        "form": log.form,
        "rows": page.rows if page else (),
        "next": _address(request, page.next) if page else "",
        "previous": _address(request, page.previous) if page else "",
        "reset": request.path if any(request.GET.values()) else "",
        "replay_form": ReplayForm(initial={"since": endpoint.failing_since or endpoint.created_at}),
        "has_failed": selectors.deliveries()
        .filter(endpoint_id=endpoint.id, state=Delivery.State.FAILED)
        .exists(),
    }
    return render(request, "webhooks/endpoint.html", context, status=status)


@require_http_methods(["GET", "POST"])
@step_up
def add(request: HttpRequest, workspace: str) -> HttpResponse:
    """Add an endpoint, and show its secret in this one answer."""
    permissions.require("webhooks.manage")
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        try:
            endpoint = endpoint_add(**form.values)
        except (Invalid, TooManyEndpoints) as error:
            add_errors(form, error)
        else:
            return _secret_page(request, endpoint)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
@step_up
def change(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Change an endpoint."""
    endpoint = selectors.endpoint_of(endpoint_id)
    initial = {"url": endpoint.url, "description": endpoint.description, "events": endpoint.events}
    form = EndpointForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            endpoint_change(endpoint_id=endpoint_id, **form.values)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Changes saved."))
            return redirect("webhooks:endpoint", workspace, endpoint_id)
    return _form_page(request, form, endpoint)


@require_POST
@step_up
def rotate(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Replace an endpoint's secret, and show the new one in this one answer."""
    return _secret_page(request, secret_rotate(endpoint_id=endpoint_id))


def _secret_page(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    # No redirect: the secret would have to wait somewhere for the next request.
    context = {"endpoint": endpoint, "secret": secret_of(endpoint)}
    response = render(request, "webhooks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _form_page(request: HttpRequest, form: EndpointForm, endpoint: Endpoint | None = None) -> HttpResponse:
    context = {"form": form, "endpoint": endpoint}
    return render(request, "webhooks/form.html", context, status=422 if form.is_bound else 200)


def _address(request: HttpRequest, cursor: str) -> str:
    """Return the address of a page under the same filters; empty if there is no such page."""
    if not cursor:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"
