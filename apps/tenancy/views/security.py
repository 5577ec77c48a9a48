"""What the workspace demands of those who come in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core import permissions, scope
from apps.core.errors import Invalid
from apps.core.step_up import step_up
from apps.tenancy import gate
from apps.tenancy.forms import PolicyForm
from apps.tenancy.services.policy import policy_set


@require_http_methods(["GET", "POST"])
@step_up
def policy(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the policy, and change it."""
    permissions.require("workspace.secure")
    tenant = request.membership.tenant  # type: ignore[attr-defined]
    form = PolicyForm(request.POST or None, tenant=tenant)
    if form.is_valid():
        try:
            sign_in = gate.of_browser(request.session, tenant)
            policy_set(**form.given(), has_second_step=sign_in.has_second_step)
        except Invalid as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Saved. It holds from everybody's next request on."))
            return redirect("tenancy:security", workspace)
    context = {"form": form, "address": scope.current().address}
    return render(request, "tenancy/security.html", context, status=422 if form.errors else 200)
