"""Where a person arrives: their last workspace, or the first steps towards one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import navigation, scope
from apps.core.errors import ApplicationError, NotFound
from apps.tenancy import gate, selectors
from apps.tenancy.forms import WorkspaceForm
from apps.tenancy.interface import WorkspaceNotFound
from apps.tenancy.services.slugs import address_for
from apps.tenancy.services.workspaces import workspace_create
from apps.tenancy.views.domains import workspace_to_join
from apps.tenancy.views.invitations import SESSION_KEY


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the invitation that was opened, else the workspace opened last, else the first steps.

    A workspace that keeps them out comes last: its page says so, and leads here if another one does not.
    """
    if SESSION_KEY in request.session:
        return redirect("tenancy_invitation:accept")
    tenant_id = getattr(request, "host_tenant_id", None)
    memberships = list(selectors.by_last_opened(scope.user_id(), tenant_id=tenant_id))
    if not memberships and tenant_id:
        raise WorkspaceNotFound
    if not memberships:
        return redirect("workspace_create")
    session = dict(request.session.items())
    open_ones = (found for found in memberships if gate.has_way_in(found, session))
    return redirect("workspace", next(open_ones, memberships[0]).tenant.slug)


@require_GET
def workspace(request: HttpRequest, workspace: str) -> HttpResponse:
    """Lead to the first page that the workspace shows in its sidebar."""
    entries = [*navigation.visible("product"), *navigation.visible("workspace")]
    here = reverse("workspace", args=[workspace])
    for entry in entries:
        if (url := reverse(entry.url_name, args=[workspace])) != here:
            return redirect(url)
    raise NotFound


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Name a workspace and create it; or choose an invitation instead."""
    if "preview" in request.GET:
        return _preview(request)
    assert request.user.is_authenticated
    form = WorkspaceForm(request.POST or None)
    if form.is_valid():
        try:
            tenant = workspace_create(owner_id=scope.user_id(), **form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("%(name)s is ready.") % {"name": tenant.name})
            return redirect("workspace", tenant.slug)
    context = {
        "form": form,
        "invitations": selectors.invitations_to(request.user.email),
        "to_join": workspace_to_join(scope.user_id()),
        **_address(form["name"].value() or "", form["slug"].value() or ""),
    }
    return render(request, "tenancy/create.html", context, status=422 if form.errors else 200)


def _preview(request: HttpRequest) -> HttpResponse:
    context = _address(request.GET.get("name", ""), request.GET.get("slug", ""))
    return render(request, "tenancy/create.html#address", context)


def _address(name: str, slug: str) -> dict[str, str]:
    host = settings.BASE_URL.partition("://")[2]
    return {"address_base": f"{host}/w/", "address": address_for(slug or name)}
