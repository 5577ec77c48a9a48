"""Bringing signals in from a file, in three steps: choose it, look at it, import it."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.entitlements.interface import entitlements
from apps.radar import selectors
from apps.radar.forms import ImportForm, UploadForm
from apps.radar.models import Attribute, Import
from apps.radar.selectors.attributes import attributes
from apps.radar.services.background import import_begin
from apps.radar.services.imports.faults import faults_csv
from apps.radar.services.imports.rows import Row
from apps.radar.services.imports.runs import (
    import_check,
    import_configure,
    import_preview,
)
from apps.radar.services.imports.uploads import import_discard, import_start


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, workspace: str) -> HttpResponse:
    """Take a file, and check it at once if its columns say what they hold."""
    permissions.require("radar.write")
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            import_file = import_start(file_name=upload.name, pieces=upload.chunks())
        except Invalid as error:
            add_errors(form, error)
        else:
            _check(request, import_file.id)
            return redirect("radar:import", workspace, import_file.id)
    return render(request, "radar/import_choose.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, workspace: str, import_id: UUID) -> HttpResponse:
    """Show what the columns hold, the first rows, and what the check of the whole file found; or change it."""
    permissions.require("radar.write")
    import_file, known = selectors.import_file(import_id), list(attributes())
    form = ImportForm(request.POST or None, import_file=import_file, known=known)
    if form.is_valid():
        try:
            import_configure(import_id=import_id, **form.values)
        except Invalid as error:
            add_errors(form, error)
        else:
            _check(request, import_id)
            return redirect("radar:import", workspace, import_id)
    shown = {name: str(form.holders[name][0]) for name in form.holders if name in import_file.columns}
    preview = _preview(import_file, known, list(shown))
    context = {"import": import_file, "form": form, "columns": list(shown.values()), "preview": preview}
    if import_file.new_competitors:
        left = entitlements().limit(tenant_id=scope.tenant_id(), name="radar.competitors").left
        context |= {"left": left, "lacks_room": left is not None and import_file.new_competitors > left}
    return render(request, "radar/import.html", context, status=422 if form.is_bound else 200)


@require_POST
def run(request: HttpRequest, workspace: str, import_id: UUID) -> HttpResponse:
    """Start the import of the rows: all of them or none, or with `rows=good` those without a fault."""
    job_id = import_begin(import_id=import_id, only_good=request.POST.get("rows") == "good")
    return redirect("jobs:job", workspace, job_id)


@require_POST
def discard(request: HttpRequest, workspace: str, import_id: UUID) -> HttpResponse:
    """Forget the file."""
    import_discard(import_id=import_id)
    messages.success(request, _("Nothing was imported. The file is forgotten."))
    return redirect("radar:import_choose", workspace)


@require_GET
def faults(request: HttpRequest, workspace: str, import_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """Send every fault of the file as CSV, once it was checked."""
    permissions.require("radar.write")
    import_file = selectors.import_file(import_id)
    if not import_file.is_checked:
        return redirect("radar:import", workspace, import_id)
    try:
        pieces = faults_csv(import_file)
    except Invalid as error:
        messages.error(request, str(error.message))
        return redirect("radar:import", workspace, import_id)
    return csv_response(pieces, f"{workspace}-import-faults.csv")


def csv_response(pieces: Iterator[str], name: str) -> StreamingHttpResponse:
    """Return the answer that sends a file piece by piece, each made in the present scope."""
    return StreamingHttpResponse(
        scope.bind(pieces),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _check(request: HttpRequest, import_id: UUID) -> None:
    """Check the whole file. Columns that are not chosen yet are asked for on the next page."""
    try:
        import_check(import_id=import_id)
    except Invalid as error:
        if not error.fields:
            messages.error(request, str(error.message))


def _preview(
    import_file: Import, known: Sequence[Attribute], fields: Sequence[str]
) -> Sequence[dict[str, Any]]:
    try:
        return [_shown(row, import_file, fields) for row in import_preview(import_file, known)]
    except Invalid:
        return []


def _shown(row: Row, import_file: Import, fields: Sequence[str]) -> dict[str, Any]:
    """Return a row of the preview: its cells as they stand in the file, each with what is wrong with it."""
    reasons = {fault.field: fault.reason for fault in row.faults}
    at = {name: import_file.columns[name] for name in fields}
    cells = [
        {"value": row.cells[at[name]] if at[name] < len(row.cells) else "", "reason": reasons.get(name, "")}
        for name in fields
    ]
    return {
        "line": row.line,
        "cells": cells,
        "reason": reasons.get("", ""),
        "has_fault": bool(row.faults),
        "is_duplicate": row.is_duplicate,
        "is_new": not row.faults and row.competitor_id is None,
    }
