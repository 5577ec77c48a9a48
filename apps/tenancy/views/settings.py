"""The workspace's settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import permissions, scope
from apps.core.errors import ApplicationError
from apps.tenancy import selectors
from apps.tenancy.forms import NameForm
from apps.tenancy.services.hosts import base_url_of
from apps.tenancy.services.workspaces import workspace_rename


@require_http_methods(["GET", "POST"])
def workspace_settings(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the settings, and change the name."""
    permissions.require("workspace.manage")
    tenant = request.membership.tenant  # type: ignore[attr-defined]
    form = NameForm(request.POST or None, initial={"name": tenant.name})
    if form.is_valid():
        try:
            workspace_rename(tenant_id=scope.tenant_id(), **form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Settings saved."))
            return redirect("tenancy:settings", workspace)
    context = {
        "form": form,
        "address": base_url_of(tenant.id) + reverse("workspace", args=[workspace]),
        "former": selectors.former_slugs(tenant.id),
        "tenant": tenant,
        "may_secure": permissions.allows("workspace.secure"),
        "may_delete": permissions.allows("workspace.delete") and not tenant.erase_due_at,
    }
    return render(request, "tenancy/settings.html", context, status=422 if form.errors else 200)
