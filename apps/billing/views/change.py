"""Trying a plan, and changing to another: first what it costs, then the change."""

import re
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.billing import selectors
from apps.billing.interface import PreviewOutdated
from apps.billing.offers import offers, plan_name
from apps.billing.services.changes import change_preview, plan_change, trial_start
from apps.billing.views.refusals import refused_on_overview
from apps.core import clock, scope
from apps.entitlements.interface import Interval


@require_POST
@refused_on_overview
def trial(request: HttpRequest, workspace: str) -> HttpResponse:
    """Begin a trial."""
    trial_start(plan=request.POST.get("plan", ""), interval=request.POST.get("interval", ""))
    messages.success(request, _("Your trial has begun. Nothing is charged when it ends."))
    return redirect("billing:overview", workspace)


@require_http_methods(["GET", "POST"])
@refused_on_overview
def change(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show what a change costs today, and do it."""
    asked = request.POST if request.method == "POST" else request.GET
    plan, interval = asked.get("plan", ""), asked.get("interval", "")
    if request.method == "POST":
        at, agreed = _moment(asked.get("at", "")), _amount(asked.get("agreed", ""))
        plan_change(plan=plan, interval=interval, at=at, agreed=agreed)
        messages.success(request, _("Your plan is %(plan)s now.") % {"plan": plan_name(plan)})
        return redirect("billing:overview", workspace)
    at = clock.now().replace(microsecond=0)
    preview = change_preview(plan=plan, interval=interval, at=at)
    offer = next(one for one in offers(Interval(interval)) if one.plan.code == plan)
    current = selectors.current_subscription()
    is_tried = current is not None and current.status == "trialing" and offer.plan.trial_days > 0
    context = {
        "preview": preview,
        "credit": max(0, -preview.total),
        "offer": offer,
        "plan_name": offer.plan.name,
        "seats": selectors.seats(scope.tenant_id()),
        "interval": interval,
        "at": at.isoformat(),
        "due_at": current.trial_end if current and is_tried else None,
    }
    return render(request, "billing/change.html", context)


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise PreviewOutdated
    return found


def _amount(text: str) -> int:
    if not re.fullmatch("-?[0-9]{1,12}", text):
        raise PreviewOutdated
    return int(text)
