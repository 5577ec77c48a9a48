"""Asking for access, and deciding on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError, Invalid, NotFound
from apps.core.pages import page_of
from apps.core.permissions import Role
from apps.core.step_up import step_up
from apps.tenancy.forms import AskForm
from apps.tenancy.models import AccessRequest
from apps.tenancy.requests import deciders, newest_request, open_requests, roles_that_give
from apps.tenancy.services.requests import access_decline, access_grant, access_request, must_wait
from apps.tenancy.views.member import REFUSALS
from apps.tenancy.views.tabs import PAGE_SIZE, member_tabs


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, workspace: str, permission: str) -> HttpResponse:
    """Ask for a permission, or see what became of it."""
    wanted = permissions.find(permission)
    if wanted is None or permission not in permissions.delegable():
        raise NotFound
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            access_request(permission=permission, **form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Asked. You get in as soon as somebody says yes."))
            return redirect("tenancy:access_ask", workspace, permission)
    asked = newest_request(permission, scope.user_id())
    context = {
        "form": form,
        "permission": wanted,
        "has_it": permissions.allows(permission),
        "asked": asked,
        "must_wait": asked is not None and must_wait(asked),
        "deciders": [found.user for found in deciders(permission)[:5]],
    }
    return render(request, "tenancy/access_ask.html", context, status=422 if form.errors else 200)


@require_GET
def request_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show who waits for access, with the roles that would give it."""
    permissions.require("members.manage")
    roles = permissions.grantable()
    page = page_of(open_requests(), cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "page": page,
        "rows": [_row(asked, roles) for asked in page.rows],
        "may_make_roles": permissions.allows("roles.manage"),
        "tabs": member_tabs(workspace, "requests"),
    }
    return render(request, "tenancy/requests.html", context)


@require_POST
@step_up
def grant(request: HttpRequest, workspace: str, request_id: UUID) -> HttpResponse:
    """Give who asked a role that includes it."""
    try:
        asked = access_grant(request_id=request_id, role=request.POST.get("role", ""))
    except (*REFUSALS, Invalid) as error:
        said = [text for texts in error.fields.values() for text in texts]
        messages.error(request, " ".join(said) or str(error.message))
    else:
        messages.success(request, _("%(name)s has access now.") % {"name": asked.user.display_name})
    return redirect("tenancy:requests", workspace)


@require_POST
def decline(request: HttpRequest, workspace: str, request_id: UUID) -> HttpResponse:
    """Decline what somebody asked for."""
    asked = access_decline(request_id=request_id)
    messages.success(request, _("Declined. %(name)s sees it.") % {"name": asked.user.display_name})
    return redirect("tenancy:requests", workspace)


def _row(asked: AccessRequest, grantable: tuple[Role, ...]) -> dict[str, Any]:
    permission = permissions.find(asked.permission)
    return {
        "id": asked.id,
        "person": asked.user,
        "permission": permission.label if permission else asked.permission,
        "message": asked.message,
        "created_at": asked.created_at,
        "roles": roles_that_give(asked.permission, grantable),
    }
