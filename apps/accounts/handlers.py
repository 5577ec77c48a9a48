"""Reactions: to what allauth reports by signal alone, and to events of other modules."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.services.acts import connection_record, failed_login_record
from apps.accounts.services.keys import personal_keys_revoke
from apps.accounts.services.second_steps import ADDED, REMOVED, second_step_record
from apps.core import step_up
from apps.core.subscriptions import handles
from apps.tenancy.events import MemberRemoved


def record_rejected_code(sender: Any, *, user: User, **_details: Any) -> None:
    """Record a wrong code, from a mail or an app, like a wrong password."""
    failed_login_record(email=user.email)


def record_connection(
    sender: Any, *, request: HttpRequest, sociallogin: SocialLogin, **_details: Any
) -> None:
    """Record that a person can log in by another site."""
    connection_record(action="account.connected", account=sociallogin.account)


def record_disconnection(sender: Any, *, socialaccount: SocialAccount, **_details: Any) -> None:
    """Record that a person can no longer log in by another site."""
    connection_record(action="account.disconnected", account=socialaccount)


def note_reauthentication(sender: Any, *, request: HttpRequest, **details: Any) -> None:
    """Note that a person has shown once more who they are."""
    if details.get("reauthenticated"):
        step_up.note(request.session)
    if details.get("method") == "mfa":
        step_up.note_second_step(request.session)


def record_second_step_added(
    sender: Any, *, request: HttpRequest, user: User, authenticator: Authenticator, **_details: Any
) -> None:
    """Record that a person can log in by another way, or has new recovery codes."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        step_up.note_second_step(request.session)  # They have just shown it.
    second_step_record(action=ADDED[authenticator.type], user=user, authenticator=authenticator)


def record_second_step_removed(
    sender: Any, *, user: User, authenticator: Authenticator, **_details: Any
) -> None:
    """Record that a person logs in without a second step or passkey. Recovery codes go with the last of them."""
    if action := REMOVED.get(authenticator.type):
        second_step_record(action=action, user=user, authenticator=authenticator)


def record_recovery_code(sender: Any, *, user: User, authenticator: Authenticator, **_details: Any) -> None:
    """Record that a recovery code was used up."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        second_step_record(action="account.recovery_code_used", user=user, authenticator=authenticator)


@handles(MemberRemoved)
def revoke_personal_keys(event: MemberRemoved) -> None:
    """Revoke what acted as somebody who left: should they come back, they make new keys."""
    personal_keys_revoke(user_id=event.user_id)
