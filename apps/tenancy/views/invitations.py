"""Joining a workspace. The link's secret stays in no address bar: the session remembers the invitation's id."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core import permissions, scope
from apps.core.text import mask_address
from apps.tenancy import selectors
from apps.tenancy.interface import AlreadyMember, InvitationForAnother, InvitationUnusable
from apps.tenancy.models import Invitation, Tenant
from apps.tenancy.services.invitations import token_of
from apps.tenancy.services.joining import invitation_accept, open_invitation, place_of, resolve

SESSION_KEY = "invitation_id"


@never_cache
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the link that was mailed."""
    try:
        request.session[SESSION_KEY] = str(resolve(token)[1])
    except InvitationUnusable:
        request.session.pop(SESSION_KEY, None)  # The next page says so.
    response = redirect("tenancy_invitation:accept")
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_required
@require_GET
def mine(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Open an invitation to the address of the person who is signed in."""
    assert request.user.is_authenticated
    if not selectors.invitations_to(request.user.email).filter(id=invitation_id).exists():
        return _unusable(request, InvitationUnusable())
    request.session[SESSION_KEY] = str(invitation_id)
    return redirect("tenancy_invitation:accept")


@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """Show the invitation that was opened, and accept it.

    `instead` is the person's own address, where the invitation went to another one.
    """
    opened = request.session.get(SESSION_KEY)
    token = token_of(UUID(opened)) if opened else ""
    try:
        invitation = _invitation(token)
        if request.method == "POST" and request.user.is_authenticated:
            return _accept(request, token, invitation)
    except InvitationUnusable as error:
        return _unusable(request, error, token)
    return render(request, "tenancy/invitation.html", _context(request, invitation))


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Sign out, and come back to the invitation as nobody."""
    opened = request.session.get(SESSION_KEY)
    logout(request)
    request.session[SESSION_KEY] = opened
    return redirect("tenancy_invitation:accept")


@require_POST
def later(request: HttpRequest) -> HttpResponse:
    """Put the invitation aside; its link, and the list on the first page, still lead to it."""
    request.session.pop(SESSION_KEY, None)
    return redirect("home")


def _invitation(token: str) -> Invitation:
    with scope.use(**place_of(token)):
        invitation = open_invitation(token)
        invitation.role_name = permissions.role(invitation.role).name  # type: ignore[attr-defined]
        return invitation


def _accept(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    workspace = invitation.tenant
    try:
        instead = request.POST.get("instead", "")
        invitation_accept(token=token, user_id=request.user.id, instead=instead)  # type: ignore[arg-type]
    except InvitationForAnother:
        return render(request, "tenancy/invitation.html", _context(request, invitation), status=403)
    except AlreadyMember:
        messages.info(request, _("You are already a member of %(name)s.") % {"name": workspace.name})
    else:
        messages.success(request, _("Welcome to %(name)s.") % {"name": workspace.name})
    request.session.pop(SESSION_KEY, None)
    return redirect("workspace", workspace.slug)


def _context(request: HttpRequest, invitation: Invitation) -> dict[str, Any]:
    user = request.user
    return {
        "workspace": invitation.tenant.name,
        "inviter": invitation.invited_by.display_name,
        "email": invitation.email,
        "masked_email": mask_address(invitation.email),
        "may_join_instead": invitation.role != permissions.OWNER,
        "role": invitation.role_name,  # type: ignore[attr-defined]
        "expires_at": invitation.expires_at,
        "is_for_me": user.is_authenticated and user.email.lower() == invitation.email,
    }


def _unusable(request: HttpRequest, error: InvitationUnusable, token: str = "") -> HttpResponse:
    request.session.pop(SESSION_KEY, None)
    if workspace := _workspace_joined(request, token):
        messages.info(request, _("You are already a member of %(name)s.") % {"name": workspace.name})
        return redirect("workspace", workspace.slug)
    return render(request, "tenancy/invitation_unusable.html", {"error": error}, status=410)


def _workspace_joined(request: HttpRequest, token: str) -> Tenant | None:
    """Return the invitation's workspace, if whoever opens it is in there already."""
    if not token or not request.user.is_authenticated:
        return None
    try:
        tenant_id = place_of(token)["tenant_id"]
    except InvitationUnusable:
        return None
    membership = selectors.memberships_of(request.user.id).filter(tenant_id=tenant_id).first()
    return membership.tenant if membership else None
