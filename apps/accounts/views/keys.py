"""The API keys of a workspace."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import selectors
from apps.accounts.forms.keys import KeyChangeForm, KeyForm, KeyRotateForm
from apps.accounts.models import ApiKey
from apps.accounts.services.keys import key_change, key_create, key_revoke, key_rotate
from apps.core.errors import Invalid
from apps.core.http.forms import add_errors
from apps.core.step_up import step_up
from apps.entitlements.interface import requires_feature


@require_GET
def key_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the keys: all, or to who doesn't manage them their own."""
    return render(request, "accounts/keys.html", {"rows": selectors.keys()})


@require_http_methods(["GET", "POST"])
@requires_feature("api.access")
@sensitive_variables("presented")
@step_up
def create(request: HttpRequest, workspace: str) -> HttpResponse:
    """Make a key, and show its secret in this one answer."""
    selectors.require_keys()
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, presented = key_create(**form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            return _shown_once(request, key, presented)
    return _form(request, "accounts/key_create.html", form)


@require_http_methods(["GET", "POST"])
@step_up
def change(request: HttpRequest, workspace: str, key_id: UUID) -> HttpResponse:
    """Rename a key, and set its limits."""
    key = selectors.key_to_change(key_id)
    form = KeyChangeForm(request.POST or None, key=key)
    if request.method == "POST" and form.is_valid():
        try:
            key_change(key_id=key_id, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved. It holds from the next request on."))
            return redirect("accounts:keys", workspace)
    return _form(request, "accounts/key_change.html", form, key=key)


@require_http_methods(["GET", "POST"])
@requires_feature("api.access")
@sensitive_variables("presented")
@step_up
def rotate(request: HttpRequest, workspace: str, key_id: UUID) -> HttpResponse:
    """Give a key a new secret, and show it in this one answer."""
    key = selectors.key_to_change(key_id)
    form = KeyRotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, presented = key_rotate(key_id=key_id, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            return _shown_once(request, key, presented)
    return _form(request, "accounts/key_rotate.html", form, key=key)


@require_POST
def revoke(request: HttpRequest, workspace: str, key_id: UUID) -> HttpResponse:
    """Make a key unusable."""
    key = key_revoke(key_id=key_id)
    messages.success(request, _("“%(name)s” no longer works.") % {"name": key.name})
    return redirect("accounts:keys", workspace)


def _shown_once(request: HttpRequest, key: ApiKey, presented: str) -> HttpResponse:
    # No redirect: the secret would have to wait somewhere for the next request.
    beginning = presented.rpartition("_")[0] + "_"
    context = {"key": key, "presented": presented, "beginning": beginning}
    response = render(request, "accounts/key_created.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _form(request: HttpRequest, template: str, form: forms.Form, **context: Any) -> HttpResponse:
    return render(request, template, context | {"form": form}, status=422 if form.is_bound else 200)
