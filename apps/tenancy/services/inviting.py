"""Inviting many people at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from apps.core import permissions
from apps.core.errors import ApplicationError, Invalid
from apps.entitlements.interface import LimitReached
from apps.tenancy.interface import AlreadyMember, InvitationPending, TooManyInvitations
from apps.tenancy.services.invitations import invitation_create

MOST_AT_ONCE = 50
NAMED = re.compile(r"(?:^|(?<=[\s,;]))[^,;\n<>@]{0,100}<([^<>\s]*)>")

State = Literal["sent", "member", "pending", "invalid", "limited", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one address."""

    email: str
    state: State


def addresses_in(text: str) -> list[str]:
    """Return the addresses in what somebody pasted, in lower case, each once: apart by commas, blanks or lines.

    Of “Li Wei <li@example.com>” the address is taken.
    """
    parts = re.split(r"[\s,;]+", NAMED.sub(r"\1,", text))
    return list(dict.fromkeys(part.lower() for part in parts if part))


def invitations_send(*, emails: Iterable[str], role: str) -> list[Outcome]:
    """Invite several addresses to the workspace in scope, each on its own: one that fails stops no other.

    :raises PermissionDenied: if the actor may not invite
    :raises RoleNotYours: if the role is owner and the actor is none
    :raises RoleBeyondYours: if the role can do more than the actor
    :raises Invalid: if there is no address or there are too many, or no such role
    """
    permissions.require("members.invite")
    addresses = list(emails)
    if not addresses:
        raise Invalid(fields={"email": [_("Enter an e-mail address.")]})
    if len(addresses) > MOST_AT_ONCE:
        message = _("Invite up to %(most)s people at once. These are %(count)s.")
        raise Invalid(fields={"email": [message % {"most": MOST_AT_ONCE, "count": len(addresses)}]})
    return [Outcome(email=address, state=_send(address, role)) for address in addresses]


def _send(address: str, role: str) -> State:
    try:
        invitation_create(email=address, role=role)
    except AlreadyMember:
        return "member"
    except InvitationPending:
        return "pending"
    except TooManyInvitations:
        return "limited"
    except LimitReached:
        return "full"
    except ApplicationError as error:
        if "email" not in error.fields:
            raise
        return "invalid"
    return "sent"
