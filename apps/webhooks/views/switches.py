"""Turning endpoints on and off, deleting them and bringing them back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.webhooks.interface import TooManyEndpoints
from apps.webhooks.services.endpoints import (
    endpoint_delete,
    endpoint_disable,
    endpoint_enable,
    endpoint_restore,
)


@require_POST
def enable(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Turn an endpoint on."""
    endpoint_enable(endpoint_id=endpoint_id)
    messages.success(request, _("Events are sent again from now on. Replay what failed meanwhile."))
    return redirect("webhooks:endpoint", workspace, endpoint_id)


@require_POST
def disable(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Turn an endpoint off; the toast turns it on again."""
    endpoint_disable(endpoint_id=endpoint_id)
    undo = reverse("webhooks:enable", args=[workspace, endpoint_id])
    messages.success(request, _("Nothing more is sent there."), extra_tags=undo)
    return redirect("webhooks:endpoint", workspace, endpoint_id)


@require_POST
def delete(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Delete an endpoint; the toast brings it back."""
    endpoint = endpoint_delete(endpoint_id=endpoint_id)
    undo = reverse("webhooks:restore", args=[workspace, endpoint_id])
    messages.success(request, _("The webhook %(name)s was deleted.") % {"name": endpoint}, extra_tags=undo)
    return redirect("webhooks:list", workspace)


@require_POST
def restore(request: HttpRequest, workspace: str, endpoint_id: UUID) -> HttpResponse:
    """Bring a deleted endpoint back."""
    try:
        endpoint = endpoint_restore(endpoint_id=endpoint_id)
    except TooManyEndpoints as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The webhook %(name)s is back.") % {"name": endpoint})
    return redirect("webhooks:list", workspace)
