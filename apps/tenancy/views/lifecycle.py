"""Deleting the workspace, and keeping it after all."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import permissions
from apps.core.errors import Invalid
from apps.core.step_up import step_up
from apps.tenancy.services.lifecycle import workspace_close, workspace_keep


@require_http_methods(["GET", "POST"])
@step_up
def delete(request: HttpRequest, workspace: str) -> HttpResponse:
    """Say what deleting does, and do it once the address has been typed."""
    permissions.require("workspace.delete")
    errors: list[str] = []
    if request.method == "POST":
        try:
            tenant = workspace_close(confirm=request.POST.get("confirm", ""))
        except Invalid as error:
            errors = error.fields["confirm"]
        else:
            # No message: the note on every page says it.
            return redirect("workspace", tenant.slug)
    context = {
        "tenant": request.membership.tenant,  # type: ignore[attr-defined]
        "days": settings.WORKSPACE_GRACE_DAYS,
        "errors": errors,
    }
    return render(request, "tenancy/delete.html", context, status=422 if errors else 200)


@require_POST
def keep(request: HttpRequest, workspace: str) -> HttpResponse:
    """Open the workspace again for everybody."""
    tenant = workspace_keep()
    messages.success(request, _("%(name)s is kept. Everybody can come in again.") % {"name": tenant.name})
    return redirect("workspace", tenant.slug)
