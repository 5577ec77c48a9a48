"""The roles of the workspace: the built-in ones to look at, its own ones to make and change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions
from apps.core.errors import ApplicationError
from apps.core.permissions import Role
from apps.core.step_up import step_up
from apps.tenancy import selectors
from apps.tenancy.forms import RoleForm
from apps.tenancy.interface import RoleBeyondYours, RoleInUse
from apps.tenancy.services.roles import role_change, role_create, role_delete
from apps.tenancy.views.tabs import member_tabs


@require_GET
def role_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show every role, what it includes and how many have it."""
    permissions.require("members.read")
    labels = {permission.name: permission.label for permission in permissions.declared()}
    counts = selectors.members_by_role()
    rows = [_row(role, labels, counts.get(role.key, 0)) for role in permissions.roles()]
    context = {
        "rows": rows,
        "may_manage": permissions.allows("roles.manage"),
        "tabs": member_tabs(workspace, "roles"),
    }
    return render(request, "tenancy/roles.html", context)


@require_http_methods(["GET", "POST"])
@step_up
def create(request: HttpRequest, workspace: str) -> HttpResponse:
    """Make a role."""
    permissions.require("roles.manage")
    form = RoleForm(request.POST or None)
    if form.is_valid():
        try:
            role = role_create(**form.given())
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Role “%(name)s” created.") % {"name": role.name})
            return redirect("tenancy:roles", workspace)
    return render(request, "tenancy/role_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@step_up
def change(request: HttpRequest, workspace: str, role_id: UUID) -> HttpResponse:
    """Change a role's name and what it includes."""
    permissions.require("roles.manage")
    role = selectors.role_to_change(role_id)
    form = RoleForm(request.POST or None, initial={"name": role.name, "permissions": role.permissions})
    if form.is_valid():
        try:
            role_change(role_id=role_id, **form.given())
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Role saved. It holds from the next page that its members open."))
            return redirect("tenancy:roles", workspace)
    context = {"form": form, "role": role}
    return render(request, "tenancy/role_form.html", context, status=422 if form.errors else 200)


@require_POST
@step_up
def delete(request: HttpRequest, workspace: str, role_id: UUID) -> HttpResponse:
    """Delete a role that is not in use."""
    try:
        role = role_delete(role_id=role_id)
    except (RoleBeyondYours, RoleInUse) as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Role “%(name)s” deleted.") % {"name": role.name})
    return redirect("tenancy:roles", workspace)


def _row(role: Role, labels: dict[str, Any], members: int) -> dict[str, object]:
    return {
        "id": UUID(role.key) if role.is_custom else None,
        "name": role.name,
        "is_custom": role.is_custom,
        "permissions": [label for name, label in labels.items() if name in role.permissions],
        "has_all": len(role.permissions) == len(labels),
        "members": members,
        "may_change": role.is_custom and permissions.may_give(role),
    }
