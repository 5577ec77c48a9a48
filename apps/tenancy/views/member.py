"""One member of the workspace: their page, their role, their suspension, their end."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.audit.interface import Entry, Filters, LogUnavailable, audit
from apps.core import permissions, scope
from apps.core.errors import ApplicationError
from apps.core.permissions import OWNER, UNKNOWN, Role
from apps.core.step_up import step_up
from apps.tenancy import selectors
from apps.tenancy.interface import LastOwner, MembershipSuspended, NotYourself, RoleBeyondYours, RoleNotYours
from apps.tenancy.models import Membership
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.standing import (
    member_leave,
    member_reinstate,
    member_suspend,
    ownership_transfer,
)

#: What a person is told beside the list; anything else is a page of its own.
REFUSALS = (LastOwner, MembershipSuspended, NotYourself, RoleBeyondYours, RoleNotYours)
HISTORY = 50  # entries


@require_GET
def detail(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Show a member, and to themselves and those who manage members also what happened to them here."""
    permissions.require("members.read")
    return _page(request, membership_id)


@require_POST
@step_up
def change_role(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""

    def act() -> str:
        membership = member_change_role(membership_id=membership_id, role=request.POST.get("role", ""))
        names = {"name": membership.user.display_name, "role": permissions.role(membership.role).name}
        return _("%(name)s is now %(role)s.") % names

    return _back(request, workspace, act)


@require_POST
def suspend(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Shut a member out until it is lifted."""

    def act() -> str:
        membership = member_suspend(membership_id=membership_id)
        return _("%(name)s is suspended.") % {"name": membership.user.display_name}

    return _back(request, workspace, act)


@require_POST
def reinstate(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Lift a suspension."""

    def act() -> str:
        membership = member_reinstate(membership_id=membership_id)
        return _("%(name)s is back.") % {"name": membership.user.display_name}

    return _back(request, workspace, act)


@require_POST
def remove(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Take a member out of the workspace."""

    def act() -> str:
        membership = member_remove(membership_id=membership_id)
        return _("%(name)s was removed.") % {"name": membership.user.display_name}

    return _back(request, workspace, act)


@require_POST
def leave(request: HttpRequest, workspace: str) -> HttpResponse:
    """Leave the workspace."""
    try:
        member_leave()
    except LastOwner as error:
        messages.error(request, str(error.message))
        return redirect("tenancy:members", workspace)
    name = request.membership.tenant.name  # type: ignore[attr-defined]
    messages.success(request, _("You have left %(name)s.") % {"name": name})
    return redirect("home")


@require_POST
@step_up
def transfer(request: HttpRequest, workspace: str, membership_id: UUID) -> HttpResponse:
    """Make a member the owner in one's own place."""
    try:
        heir = ownership_transfer(membership_id=membership_id, confirm=request.POST.get("confirm", ""))
    except ApplicationError as error:
        if "confirm" not in error.fields:
            raise
        return _page(request, membership_id, confirm_error=error.fields["confirm"][0])
    names = {"name": heir.user.display_name}
    messages.success(request, _("%(name)s is the owner now. You are an admin.") % names)
    return redirect("tenancy:members", workspace)


def member_row(membership: Membership, roles: dict[str, Role]) -> dict[str, object]:
    """Return a member with what the actor in scope may do to them."""
    user, held = membership.user, roles.get(membership.role)
    may_change = permissions.allows("members.manage") and (held is None or permissions.may_give(held))
    is_me = user.id == scope.current().user_id
    return {
        "id": membership.id,
        "name": user.display_name,
        "email": user.email,
        "initials": user.initials,
        "role": role_name(roles, membership.role),
        "is_owner": membership.role == OWNER,
        "is_me": is_me,
        "joined_at": membership.created_at,
        "is_suspended": membership.is_suspended,
        "suspended_at": membership.suspended_at,
        "roles": [
            (role.key, role.name)
            for role in roles.values()
            if may_change and role.key != membership.role and permissions.may_give(role)
        ],
        "may_remove": may_change and not is_me,
        "may_become_owner": (
            scope.current().membership_role == OWNER and not is_me and not membership.suspended_at
        ),
    }


def role_name(roles: dict[str, Role], key: str) -> Any:
    """Return what to call a role, which may be gone."""
    return roles[key].name if key in roles else UNKNOWN


def _page(request: HttpRequest, membership_id: UUID, confirm_error: str = "") -> HttpResponse:
    membership = selectors.member(membership_id)
    roles = {role.key: role for role in permissions.roles()}
    row = member_row(membership, roles)
    may_look_back = row["is_me"] or permissions.allows("members.manage")
    context = {
        "member": row,
        "confirm_error": confirm_error,
        "shows_history": may_look_back,
        "history": _history(membership_id) if may_look_back else (),
    }
    return render(request, "tenancy/member.html", context, status=422 if confirm_error else 200)


def _history(membership_id: UUID) -> tuple[Entry, ...] | None:
    """Return what happened to a membership; None while the log is away, for the page does without it."""
    try:
        return audit().list_entries(filters=Filters(target_id=membership_id), page_size=HISTORY).entries
    except LogUnavailable:
        return None


def _back(request: HttpRequest, workspace: str, act: Callable[[], str]) -> HttpResponse:
    """Do what was asked, and lead back to the list with what came of it."""
    try:
        messages.success(request, act())
    except REFUSALS as error:
        messages.error(request, str(error.message))
    return redirect("tenancy:members", workspace)
