"""The pages of the signals."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import clock, permissions
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.radar import selectors
from apps.radar.filters import SignalFilter
from apps.radar.forms import SignalForm
from apps.radar.interface import CompetitorGone
from apps.radar.models import Signal
from apps.radar.selectors.attributes import attributes
from apps.radar.services.background import signals_export_begin
from apps.radar.services.exports import signals_export
from apps.radar.services.signals import signal_add, signal_change, signal_delete, signal_restore
from apps.radar.views.imports import csv_response
from apps.radar.views.lists import address, list_address, list_query, listing, saved_address, saved_tabs


@require_GET
def signal_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the signals."""
    permissions.require("radar.read")
    tabs = saved_tabs(request, workspace)
    if tabs.default and not request.GET:
        return redirect(saved_address(tabs.default, workspace))
    found = listing(SignalFilter(request.GET, queryset=selectors.signals()), request)
    context = {
        "found": found,
        "tabs": tabs,
        "list_query": found.query,
        "may_write": permissions.allows("radar.write"),
        "may_export": permissions.allows("radar.export"),
        "may_change_tab": tabs.current and (not tabs.current.is_shared or permissions.allows("radar.share")),
        "may_configure": permissions.allows("radar.configure"),
    }
    return render(request, "radar/signals.html", context, status=found.status)


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, workspace: str) -> HttpResponseBase:
    """Send the signals that the address asks for as a file; or, posted, start a job that makes it."""
    permissions.require("radar.export")
    narrowed = SignalFilter(request.GET, queryset=selectors.signals())
    if not narrowed.is_valid():
        return redirect(address("radar:signals", workspace) + f"?{request.GET.urlencode()}")
    if request.method == "POST":
        job_id = signals_export_begin(query=request.GET.urlencode())
        return redirect("jobs:job", workspace, job_id)
    pieces = signals_export(rows=narrowed.qs, query=request.GET.urlencode()[:200])
    return csv_response(pieces, f"{workspace}-signals-{clock.now():%Y-%m-%d}.csv")


@require_GET
def detail(request: HttpRequest, workspace: str, signal_id: UUID) -> HttpResponse:
    """Show a signal."""
    permissions.require("radar.read")
    signal = selectors.signal(signal_id)
    context = {
        "signal": signal,
        "attributes": [(attribute, signal.attributes.get(str(attribute.id))) for attribute in attributes()],
        "list_query": list_query(request),
        "may_write": permissions.allows("radar.write"),
    }
    return render(request, "radar/signal.html", context)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, workspace: str) -> HttpResponse:
    """Note a signal; `?competitor=` chooses whose."""
    permissions.require("radar.write")
    form = SignalForm(request.POST or None, initial={"competitor": request.GET.get("competitor")})
    if form.is_valid():
        try:
            signal = signal_add(**form.values)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Signal added."))
            return redirect("radar:signal", workspace, signal.id)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, workspace: str, signal_id: UUID) -> HttpResponse:
    """Change a signal."""
    permissions.require("radar.write")
    signal = selectors.signal(signal_id)
    form = SignalForm(request.POST or None, instance=selectors.signal(signal_id))
    if form.is_valid():
        try:
            signal_change(signal_id=signal_id, **form.values)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Changes saved."))
            return redirect("radar:signal", workspace, signal_id)
    return _form_page(request, form, signal)


@require_POST
def delete(request: HttpRequest, workspace: str, signal_id: UUID) -> HttpResponse:
    """Take a signal off the radar, and return to the list as it was filtered; the toast brings it back."""
    signal_delete(signal_id=signal_id)
    undo = address("radar:signal_restore", workspace, signal_id, list=list_query(request))
    messages.success(request, _("Signal deleted."), extra_tags=undo)
    return redirect(list_address(request, "radar:signals", workspace))


@require_POST
def restore(request: HttpRequest, workspace: str, signal_id: UUID) -> HttpResponse:
    """Bring a deleted signal back."""
    try:
        signal_restore(signal_id=signal_id)
    except CompetitorGone as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The signal is back."))
    return redirect(list_address(request, "radar:signals", workspace))


def _form_page(request: HttpRequest, form: SignalForm, signal: Signal | None = None) -> HttpResponse:
    context = {
        "form": form,
        "signal": signal,
        "has_competitors": signal is not None or selectors.competitors().exists(),
    }
    return render(request, "radar/signal_form.html", context, status=422 if form.is_bound else 200)
