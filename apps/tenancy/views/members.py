"""Who belongs to the workspace: the list, invitations, roles, removal."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError
from apps.core.permissions import OWNER, ROLES
from apps.tenancy import selectors
from apps.tenancy.forms import InvitationForm, grantable_roles
from apps.tenancy.interface import LastOwner, RoleNotYours
from apps.tenancy.models import Membership
from apps.tenancy.services.invitations import invitation_create, invitation_revoke
from apps.tenancy.services.members import member_change_role, member_remove


@require_GET
def member_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the members, and to those who may invite also the open invitations."""
    permissions.require("members.read")
    tenant_id = scope.tenant_id()
    assert tenant_id
    may_invite = permissions.allows("members.invite")
    context = {
        "members": [_row(membership) for membership in selectors.members(tenant_id)],
        "invitations": [
            (invitation, ROLES.get(invitation.role, invitation.role))
            for invitation in (selectors.open_invitations(tenant_id) if may_invite else ())
        ],
        "may_invite": may_invite,
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
    except (LastOwner, RoleNotYours) as error:
        messages.error(request, str(error.message))
    else:
        names = {"name": membership.user.display_name, "role": ROLES[membership.role]}
        messages.success(request, _("%(name)s is now %(role)s.") % names)
    return redirect("tenancy:members", workspace)


@require_POST
def remove(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Take a member out of the workspace."""
    try:
        membership = member_remove(membership_id=membership_id)
    except (LastOwner, RoleNotYours) as error:
        messages.error(request, str(error.message))
        return redirect("tenancy:members", workspace)
    if membership.user_id == request.user.id:
        messages.success(request, _("You have left the workspace."))
        return redirect("home")
    messages.success(request, _("%(name)s was removed.") % {"name": membership.user.display_name})
    return redirect("tenancy:members", workspace)


def _row(membership: Membership) -> dict[str, object]:
    """Return a member with what the actor in scope may do to them."""
    user = membership.user
    may_change = permissions.allows("members.manage") and (
        membership.role != OWNER or scope.current().membership_role == OWNER
    )
    is_me = user.id == scope.current().user_id
    return {
        "id": membership.id,
        "name": user.display_name,
        "email": user.email,
        "initials": user.initials,
        "role": ROLES.get(membership.role, membership.role),
        "is_owner": membership.role == OWNER,
        "is_me": is_me,
        "joined_at": membership.created_at,
        "roles": [
            (role, ROLES[role]) for role in grantable_roles() if may_change and role != membership.role
        ],
        "may_remove": may_change and not is_me,
    }
