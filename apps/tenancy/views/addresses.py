"""Changing the workspace's address."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import permissions
from apps.core.errors import ApplicationError
from apps.tenancy.forms import AddressForm
from apps.tenancy.services.addresses import workspace_change_slug


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, workspace: str) -> HttpResponse:
    """Say what a new address means, and give the workspace one."""
    permissions.require("workspace.manage")
    form = AddressForm(request.POST or None, initial={"slug": workspace})
    if form.is_valid():
        try:
            tenant = workspace_change_slug(**form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("The workspace has its new address."))
            return redirect("tenancy:settings", tenant.slug)
    context = {"form": form, "days": settings.FORMER_ADDRESS_DAYS}
    return render(request, "tenancy/address.html", context, status=422 if form.errors else 200)
