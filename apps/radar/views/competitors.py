"""The pages of the competitors."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.radar import selectors
from apps.radar.filters import CompetitorFilter
from apps.radar.forms import CompetitorForm
from apps.radar.interface import CompetitorExists
from apps.radar.models import Competitor
from apps.radar.services.competitors import (
    competitor_add,
    competitor_change,
    competitor_delete,
    competitor_restore,
)
from apps.radar.services.websites import website_check_begin
from apps.radar.views.lists import address, list_address, list_query, listing

NEWEST_SIGNALS = 10


@require_GET
def competitor_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the competitors."""
    permissions.require("radar.read")
    found = listing(CompetitorFilter(request.GET, queryset=selectors.competitors_with_news()), request)
    context = {"found": found, "list_query": found.query, "may_write": permissions.allows("radar.write")}
    return render(request, "radar/competitors.html", context, status=found.status)


@require_GET
def detail(request: HttpRequest, workspace: str, competitor_id: UUID) -> HttpResponse:
    """Show a competitor and its newest signals."""
    permissions.require("radar.read")
    competitor = selectors.competitor(competitor_id)
    context = {
        "competitor": competitor,
        "signals": selectors.signals().filter(competitor_id=competitor.id)[:NEWEST_SIGNALS],
        "list_query": list_query(request),
        "signals_query": f"competitor={competitor.id}",
        "may_write": permissions.allows("radar.write"),
    }
    return render(request, "radar/competitor.html", context)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, workspace: str) -> HttpResponse:
    """Begin to track a competitor."""
    permissions.require("radar.write")
    form = CompetitorForm(request.POST or None)
    if form.is_valid():
        try:
            competitor = competitor_add(**form.values)
        except (Invalid, CompetitorExists) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s is on your radar.") % {"name": competitor.name})
            return redirect("radar:competitor", workspace, competitor.id)
    return _form_page(request, form)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, workspace: str, competitor_id: UUID) -> HttpResponse:
    """Change a competitor."""
    permissions.require("radar.write")
    competitor = selectors.competitor(competitor_id)
    form = CompetitorForm(request.POST or None, instance=selectors.competitor(competitor_id))
    if form.is_valid():
        try:
            competitor_change(competitor_id=competitor_id, **form.values)
        except (Invalid, CompetitorExists) as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Changes saved."))
            return redirect("radar:competitor", workspace, competitor_id)
    return _form_page(request, form, competitor)


@require_POST
def check(request: HttpRequest, workspace: str, competitor_id: UUID) -> HttpResponse:
    """Have a competitor's website checked."""
    competitor = website_check_begin(competitor_id=competitor_id)
    messages.success(
        request, _("The website of %(name)s is checked in a moment.") % {"name": competitor.name}
    )
    return redirect("radar:competitor", workspace, competitor_id)


@require_POST
def delete(request: HttpRequest, workspace: str, competitor_id: UUID) -> HttpResponse:
    """Take a competitor off the radar, and return to the list; the toast brings it back."""
    competitor = competitor_delete(competitor_id=competitor_id)
    undo = address("radar:competitor_restore", workspace, competitor_id, list=list_query(request))
    messages.success(
        request, _("%(name)s and its signals were deleted.") % {"name": competitor.name}, extra_tags=undo
    )
    return redirect(list_address(request, "radar:competitors", workspace))


@require_POST
def restore(request: HttpRequest, workspace: str, competitor_id: UUID) -> HttpResponse:
    """Bring a deleted competitor back."""
    try:
        competitor = competitor_restore(competitor_id=competitor_id)
    except CompetitorExists as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(name)s is back.") % {"name": competitor.name})
    return redirect(list_address(request, "radar:competitors", workspace))


def _form_page(
    request: HttpRequest, form: CompetitorForm, competitor: Competitor | None = None
) -> HttpResponse:
    context = {"form": form, "competitor": competitor}
    return render(request, "radar/competitor_form.html", context, status=422 if form.is_bound else 200)
