"""What support may do in the workspace, and when it was there."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core import permissions, scope
from apps.core.errors import Invalid
from apps.core.pages import page_of
from apps.core.step_up import step_up
from apps.tenancy.forms import SupportAccessForm
from apps.tenancy.selectors import support_sessions
from apps.tenancy.services.support import support_allow, support_end_by_owner
from apps.tenancy.support_middleware import forget


@require_GET
def overview(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show what support may do, and each time that it came in."""
    permissions.require("workspace.manage")
    return _page(request, SupportAccessForm(tenant=_tenant(request)))


@require_POST
@step_up
def allow(request: HttpRequest, workspace: str) -> HttpResponse:
    """Set what support may do."""
    permissions.require("workspace.secure")
    form = SupportAccessForm(request.POST, tenant=_tenant(request))
    if form.is_valid():
        try:
            support_allow(**form.cleaned_data)
        except Invalid as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("tenancy:support", workspace)
    return _page(request, form)


@require_POST
def end(request: HttpRequest, workspace: str) -> HttpResponse:
    """End the support session that the browser is in."""
    if request.support is None:  # type: ignore[attr-defined]
        return redirect("workspace", workspace)
    forget(request.session)
    return redirect("admin:tenancy_tenant_change", scope.tenant_id())


@require_POST
def end_now(request: HttpRequest, workspace: str, session_id: UUID) -> HttpResponse:
    """End a support session that goes on, as an owner."""
    support_end_by_owner(session_id=session_id)
    messages.success(request, _("The support session is over."))
    return redirect("tenancy:support", workspace)


def _page(request: HttpRequest, form: SupportAccessForm) -> HttpResponse:
    context = {
        "form": form,
        "may_secure": permissions.allows("workspace.secure"),
        "page": page_of(support_sessions(), cursor=request.GET.get("cursor", "")),
    }
    return render(request, "tenancy/support.html", context, status=422 if form.errors else 200)


def _tenant(request: Any) -> Any:
    return request.membership.tenant
