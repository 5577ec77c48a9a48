"""The API keys of a workspace."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors
from apps.accounts.forms.keys import KeyForm
from apps.accounts.services.keys import key_create, key_revoke
from apps.core import permissions
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.core.step_up import step_up
from apps.entitlements.interface import requires_feature


@require_GET
def key_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the keys."""
    permissions.require("keys.manage")
    return render(request, "accounts/keys.html", {"rows": selectors.keys()})


@require_http_methods(["GET", "POST"])
@requires_feature("api.access")
@sensitive_variables("presented")
@step_up
def create(request: HttpRequest, workspace: str) -> HttpResponse:
    """Make a key, and show its secret in this one answer."""
    permissions.require("keys.manage")
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, presented = key_create(**form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            # No redirect: the secret would have to wait somewhere for the next request.
            response = render(request, "accounts/key_created.html", {"key": key, "presented": presented})
            response["Cache-Control"] = "no-store"
            return response
    return render(request, "accounts/key_create.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: HttpRequest, workspace: str, key_id: UUID) -> HttpResponse:
    """Make a key unusable."""
    key = key_revoke(key_id=key_id)
    messages.success(request, _("“%(name)s” no longer works.") % {"name": key.name})
    return redirect("accounts:keys", workspace)
