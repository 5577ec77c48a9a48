"""The workspace's host names."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError, Unavailable
from apps.tenancy import selectors
from apps.tenancy.forms import HostForm
from apps.tenancy.interface import HostTaken, HostUnproven, TooManyHostChecks
from apps.tenancy.services.hosts import base_url_of, host_add, host_remove, host_verify, proof_of


@require_http_methods(["GET", "POST"])
def host_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the host names with what proves them, and claim one."""
    permissions.require("workspace.manage")
    form = HostForm(request.POST or None)
    if form.is_valid():
        try:
            name = host_add(**form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            said = (
                _("%(host)s leads here now.")
                if name.verified_at
                else _("%(host)s was added. Now prove it is yours.")
            )
            messages.success(request, said % {"host": name.host})
            return redirect("tenancy:hosts", workspace)
    found = selectors.host_names(scope.tenant_id())
    context = {
        "form": form,
        "hosts": [(name, *proof_of(name)) for name in found],
        "address": base_url_of(scope.tenant_id()),
    }
    return render(request, "tenancy/hosts.html", context, status=422 if form.errors else 200)


@require_POST
def verify(request: HttpRequest, workspace: str, host_id: UUID) -> HttpResponse:
    """Look for the proof now."""
    try:
        name = host_verify(host_id=host_id)
    except (HostUnproven, HostTaken, TooManyHostChecks, Unavailable) as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(host)s leads here now.") % {"host": name.host})
    return redirect("tenancy:hosts", workspace)


@require_POST
def remove(request: HttpRequest, workspace: str, host_id: UUID) -> HttpResponse:
    """Give a host name up."""
    name = host_remove(host_id=host_id)
    messages.success(request, _("%(host)s no longer leads here.") % {"host": name.host})
    if getattr(request, "host_tenant_id", None) and request.get_host().partition(":")[0] == name.host:
        return redirect(base_url_of(scope.tenant_id()) + f"/w/{workspace}/settings/hosts/")
    return redirect("tenancy:hosts", workspace)
