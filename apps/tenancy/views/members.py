"""Who belongs to the workspace, and who is invited."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.errors import ApplicationError, Invalid
from apps.core.pages import page_of
from apps.entitlements.interface import PaymentRequired
from apps.tenancy import selectors
from apps.tenancy.forms import InvitationForm
from apps.tenancy.interface import TooManyInvitations
from apps.tenancy.services.invitations import invitation_resend, invitation_revoke
from apps.tenancy.services.inviting import Outcome, addresses_in, invitations_send
from apps.tenancy.services.members import ask_before_inviting
from apps.tenancy.views.member import REFUSALS, member_row, role_name
from apps.tenancy.views.tabs import PAGE_SIZE, member_tabs

REASONS: dict[str, Any] = {
    "sent": gettext_lazy("Sent"),
    "member": gettext_lazy("This person is already a member of the workspace."),
    "pending": gettext_lazy("This address already has an open invitation."),
    "invalid": gettext_lazy("Enter a whole e-mail address."),
    "limited": TooManyInvitations.message,
    "full": gettext_lazy("Your plan has no seat left. Take a bigger one, or remove somebody first."),
}


@require_GET
def member_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the members, and to those who may invite also the open invitations."""
    permissions.require("members.read")
    tenant_id = scope.tenant_id()
    roles = {role.key: role for role in permissions.roles()}
    may_invite = permissions.allows("members.invite")
    waiting = selectors.waiting_invitations(tenant_id)
    people = page_of(selectors.members(tenant_id), cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    invited = page_of(
        waiting if may_invite else waiting.none(),
        cursor=request.GET.get("invitations", ""),
        size=PAGE_SIZE,
    )
    context = {
        "people": people,
        "members": [member_row(membership, roles) for membership in people.rows],
        "invited": invited,
        "invitations": [(invitation, role_name(roles, invitation.role)) for invitation in invited.rows],
        "may_invite": may_invite,
        "tabs": member_tabs(workspace, "members"),
    }
    return render(request, "tenancy/members.html", context)


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, workspace: str) -> HttpResponse:
    """Invite people by e-mail, one or many, and say what became of each."""
    permissions.require("members.invite")
    form = InvitationForm(request.POST or None)
    outcomes: list[Outcome] = []
    if form.is_valid():
        given = form.cleaned_data
        ask_before_inviting(given["role"])
        try:
            outcomes = invitations_send(emails=addresses_in(given["email"]), role=given["role"])
        except ApplicationError as error:
            form.refuse(error.fields, error.message)
    sent = [found for found in outcomes if found.state == "sent"]
    if outcomes and len(sent) == len(outcomes):
        messages.success(request, _sent_message(sent))
        return redirect("tenancy:members", workspace)
    if len(outcomes) == 1:
        form.add_error("email", str(REASONS[outcomes[0].state]))
        outcomes = []
    if outcomes:
        form = InvitationForm(initial={"email": _to_mend(outcomes), "role": request.POST["role"]})
    context = {
        "form": form,
        "outcomes": [(found.email, found.state, REASONS[found.state]) for found in outcomes],
        "sent": len(sent),
    }
    nothing_sent = request.method == "POST" and not sent
    return render(request, "tenancy/invite.html", context, status=422 if nothing_sent else 200)


@require_POST
def resend(request: HttpRequest, workspace: str, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again, with a new link."""
    try:
        invitation = invitation_resend(invitation_id=invitation_id)
    except (*REFUSALS, Invalid, PaymentRequired, TooManyInvitations) as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Invitation sent to %(email)s again.") % {"email": invitation.email})
    return redirect("tenancy:members", workspace)


@require_POST
def revoke(request: HttpRequest, workspace: str, invitation_id: UUID) -> HttpResponse:
    """Make an open invitation unusable."""
    invitation = invitation_revoke(invitation_id=invitation_id)
    messages.success(request, _("Invitation to %(email)s revoked.") % {"email": invitation.email})
    return redirect("tenancy:members", workspace)


def _sent_message(sent: list[Outcome]) -> str:
    if len(sent) == 1:
        return _("Invitation sent to %(email)s.") % {"email": sent[0].email}
    many = ngettext("%(count)s invitation sent.", "%(count)s invitations sent.", len(sent))
    return many % {"count": len(sent)}


def _to_mend(outcomes: list[Outcome]) -> str:
    return "\n".join(found.email for found in outcomes if found.state in ("invalid", "limited", "full"))
