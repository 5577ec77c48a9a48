"""Who belongs to the workspace: the list, invitations, roles, removal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError
from apps.core.permissions import OWNER, UNKNOWN, Role
from apps.tenancy import selectors
from apps.tenancy.forms import InvitationForm
from apps.tenancy.interface import LastOwner, RoleBeyondYours, RoleNotYours
from apps.tenancy.models import Membership
from apps.tenancy.services.invitations import invitation_create, invitation_revoke
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.views.tabs import member_tabs

REFUSALS = (LastOwner, RoleBeyondYours, RoleNotYours)


@require_GET
def member_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the members, and to those who may invite also the open invitations."""
    permissions.require("members.read")
    tenant_id = scope.tenant_id()
    roles = {role.key: role for role in permissions.roles()}
    may_invite = permissions.allows("members.invite")
    context = {
        "members": [_row(membership, roles) for membership in selectors.members(tenant_id)],
        "invitations": [
            (invitation, _name(roles, invitation.role))
            for invitation in (selectors.open_invitations(tenant_id) if may_invite else ())
        ],
        "may_invite": may_invite,
        "tabs": member_tabs(workspace, "members"),
    }
    return render(request, "tenancy/members.html", context)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, workspace: str) -> HttpResponse:
    """Invite somebody by e-mail."""
    permissions.require("members.invite")
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            invitation = invitation_create(**form.cleaned_data)
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
        else:
            messages.success(request, _("Invitation sent to %(email)s.") % {"email": invitation.email})
            return redirect("tenancy:members", workspace)
    return render(request, "tenancy/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, workspace: str, invitation_id: UUID) -> HttpResponse:
    """Make an open invitation unusable."""
    invitation = invitation_revoke(invitation_id=invitation_id)
    messages.success(request, _("Invitation to %(email)s revoked.") % {"email": invitation.email})
    return redirect("tenancy:members", workspace)


@require_POST
def change_role(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    try:
        membership = member_change_role(membership_id=membership_id, role=request.POST.get("role", ""))
    except REFUSALS as error:
        messages.error(request, str(error.message))
    else:
        names = {"name": membership.user.display_name, "role": permissions.role(membership.role).name}
        messages.success(request, _("%(name)s is now %(role)s.") % names)
    return redirect("tenancy:members", workspace)


@require_POST
def remove(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Take a member out of the workspace."""
    try:
        membership = member_remove(membership_id=membership_id)
    except REFUSALS as error:
        messages.error(request, str(error.message))
        return redirect("tenancy:members", workspace)
    if membership.user_id == request.user.id:
        messages.success(request, _("You have left the workspace."))
        return redirect("home")
    messages.success(request, _("%(name)s was removed.") % {"name": membership.user.display_name})
    return redirect("tenancy:members", workspace)


def _row(membership: Membership, roles: dict[str, Role]) -> dict[str, object]:
    """Return a member with what the actor in scope may do to them."""
    user, held = membership.user, roles.get(membership.role)
    may_change = permissions.allows("members.manage") and (held is None or permissions.may_give(held))
    is_me = user.id == scope.current().user_id
    return {
        "id": membership.id,
        "name": user.display_name,
        "email": user.email,
        "initials": user.initials,
        "role": _name(roles, membership.role),
        "is_owner": membership.role == OWNER,
        "is_me": is_me,
        "joined_at": membership.created_at,
        "roles": [
            (role.key, role.name)
            for role in roles.values()
            if may_change and role.key != membership.role and permissions.may_give(role)
        ],
        "may_remove": may_change and not is_me,
    }


def _name(roles: dict[str, Role], key: str) -> Any:
    return roles[key].name if key in roles else UNKNOWN
