"""The pages of a person's inbox."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import notices
from apps.core.pages import page_of
from apps.notifications import selectors
from apps.notifications.forms import PreferencesForm
from apps.notifications.models import Notification
from apps.notifications.services.inbox import notification_read, notifications_read_all
from apps.notifications.services.preferences import preferences_save


@require_GET
def notification_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show what one was told, unread first."""
    page = page_of(selectors.inbox(), cursor=request.GET.get("cursor", ""))
    context = {"page": page, "rows": [_row(found) for found in page.rows]}
    return render(request, "notifications/inbox.html", context)


@require_POST
def open_notification(request: HttpRequest, workspace: str, notification_id: UUID) -> HttpResponse:
    """Note a notification as read, and lead to what it is about."""
    found = notification_read(notification_id=notification_id)
    kind = notices.find(found.kind)
    return redirect(kind.path(workspace, found.target_id) if kind else "notifications:inbox")


@require_POST
def read(request: HttpRequest, workspace: str, notification_id: UUID) -> HttpResponse:
    """Note a notification as read."""
    notification_read(notification_id=notification_id)
    return redirect("notifications:inbox", workspace)


@require_POST
def read_all(request: HttpRequest, workspace: str) -> HttpResponse:
    """Note everything as read."""
    notifications_read_all()
    messages.success(request, _("You have read everything."))
    return redirect("notifications:inbox", workspace)


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest, workspace: str) -> HttpResponse:
    """Choose how one is told of each kind."""
    form = PreferencesForm(request.POST or None, initial=selectors.own_channels())
    if request.method == "POST" and form.is_valid():
        preferences_save(channels=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences", workspace)
    return render(
        request, "notifications/preferences.html", {"form": form}, status=422 if form.errors else 200
    )


def _row(found: Notification) -> dict[str, Any]:
    kind = notices.find(found.kind)
    return {
        "id": found.id,
        "title": kind.title_with(found.values) if kind else "",
        "body": kind.body_with(found.values) if kind else "",
        "label": kind.label if kind else "",
        "is_unread": found.is_unread,
        "created_at": found.created_at,
    }
