"""A person's own data: what is kept of them, as a file."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.interface import SoleOwner
from apps.accounts.models import User
from apps.accounts.services.data_exports import data_export_begin, data_export_of, data_export_take
from apps.accounts.services.erasing import person_erase_begin
from apps.core.errors import Invalid
from apps.core.http.downloads import POLICY
from apps.core.step_up import step_up
from apps.tenancy.interface import tenancy


@login_required
@require_http_methods(["GET", "POST"])
@step_up
def overview(request: HttpRequest) -> HttpResponse:
    """Show whether a person's data is gathered, and have it gathered."""
    user = cast(User, request.user)
    if request.method == "POST":
        data_export_begin(user=user)
        messages.success(request, _("We gather your data and send you a mail when it is here."))
        return redirect("account:data")
    return render(request, "accounts/data.html", {"export": data_export_of(user)})


@login_required
@require_http_methods(["GET", "POST"])
@step_up
def delete(request: HttpRequest) -> HttpResponse:
    """Say what deleting one's account does, and do it."""
    user, errors = cast(User, request.user), []
    if request.method == "POST":
        try:
            person_erase_begin(user=user, confirm=request.POST.get("confirm", ""))
        except Invalid as error:
            errors = error.fields["confirm"]
        except SoleOwner:
            pass  # the page says which workspaces they are
        else:
            logout(request)
            messages.success(request, _("Your account is deleted. We mail you when everything is erased."))
            return redirect("landing")
    context = {"owned": tenancy().list_owned_alone(user_id=user.id), "errors": errors}
    return render(request, "accounts/delete.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
@step_up
def fetch(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Hand the file out, once."""
    content = data_export_take(user=cast(User, request.user), export_id=export_id)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
