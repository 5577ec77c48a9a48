"""The page of the audit log. It reads through the interface, so that the log may move out."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.audit.exports import CSV, JSON_LINES, export_begin
from apps.audit.forms import FilterForm
from apps.audit.interface import Entry, audit
from apps.core import permissions, scope
from apps.core.step_up import step_up
from apps.entitlements.interface import entitlements


@require_GET
def entry_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show what was done in the workspace, newest first, by day."""
    permissions.require("audit.read")
    form = FilterForm(request.GET, choices=audit().list_choices())
    is_valid = form.is_valid()
    days = entitlements().limit(tenant_id=scope.tenant_id(), name="audit.days").limit
    page = audit().list_entries(filters=form.filters(), cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "days_shown": days,
        "days": [(day, list(entries)) for day, entries in groupby(map(_row, page.entries), key=_day)],
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
        "may_export": permissions.allows("audit.export"),
        "query": request.GET.urlencode(),
        "reset": request.path if any(request.GET.values()) else "",
        "target_label": _target_label(page.entries, form.cleaned_data.get("target")),
    }
    return render(request, "audit/list.html", context, status=200 if is_valid else 422)


@require_http_methods(["GET", "POST"])
@step_up
def export(request: HttpRequest, workspace: str) -> HttpResponse:
    """Offer the log as a file, and start the job that makes it."""
    permissions.require("audit.export")
    entitlements().require(tenant_id=scope.tenant_id(), feature="audit.export")
    if request.method == "POST":
        form = JSON_LINES if request.POST.get("format") == JSON_LINES else CSV
        return redirect("jobs:job", workspace, export_begin(form=form, query=request.GET.urlencode()))
    return render(request, "audit/export.html", {"query": request.GET.urlencode()})


def _row(entry: Entry) -> dict[str, Any]:
    return {"entry": entry, "changes": list(_changes(entry))}


def _day(row: dict[str, Any]) -> date:
    return timezone.localdate(row["entry"].occurred_at)


def _changes(entry: Entry) -> Iterator[tuple[str, Any, Any]]:
    """Yield each field that changed, with its value before and after; None where there is none."""
    both = entry.before, entry.after
    for name in sorted({*entry.before, *entry.after}):
        before, after = (None if (value := values.get(name)) == "" else value for values in both)
        if before != after:
            yield name.replace("_", " "), before, after


def _address(request: HttpRequest, cursor: str) -> str:
    """Return the address of a page under the same filters; empty if there is no such page."""
    if not cursor:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def _target_label(entries: tuple[Entry, ...], target: UUID | None) -> str:
    return next((entry.target_label for entry in entries if entry.target_id == target), "") if target else ""
