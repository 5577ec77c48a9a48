"""Reactions: to what allauth reports by signal alone, and to events of other modules."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest

from apps.accounts.methods import SECOND, methods_of
from apps.accounts.models import User
from apps.accounts.selectors import has_second_step
from apps.accounts.services.acts import connection_record, failed_login_record
from apps.accounts.services.addresses import address_shown
from apps.accounts.services.keys import personal_keys_revoke
from apps.accounts.services.second_steps import ADDED, REMOVED, second_step_record
from apps.accounts.services.sessions import other_sessions_end
from apps.core import step_up
from apps.core.subscriptions import handles
from apps.tenancy.events import MemberRemoved
from apps.tenancy.interface import SECOND_STEPS


def record_rejected_code(sender: Any, *, request: HttpRequest, user: User, **_details: Any) -> None:
    """Record a wrong code, from a mail or an app, like a wrong password."""
    failed_login_record(email=user.email, request=request)


def record_connection(
    sender: Any, *, request: HttpRequest, sociallogin: SocialLogin, **_details: Any
) -> None:
    """Record that a person can log in by another site."""
    connection_record(action="account.connected", account=sociallogin.account)


def record_disconnection(sender: Any, *, socialaccount: SocialAccount, **_details: Any) -> None:
    """Record that a person can no longer log in by another site."""
    connection_record(action="account.disconnected", account=socialaccount)


def note_reauthentication(sender: Any, *, request: HttpRequest, user: User, **details: Any) -> None:
    """Note that a person has shown once more who they are. The adapter notes log-ins, when all their steps are done."""
    if details.get("reauthenticated"):
        step_up.note(request.session)
        step_up.note_methods(request.session, methods_of(get_authentication_records(request, user)))


def follow_mailed_code(sender: Any, *, user: User, method: str, **_details: Any) -> None:
    """Note that a code, which was mailed to them, shows a person's address to be theirs."""
    if method == "code":
        address_shown(user=user)


def record_second_step_added(
    sender: Any, *, request: HttpRequest, user: User, authenticator: Authenticator, **_details: Any
) -> None:
    """Record that a person can log in by another way, or has new recovery codes."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        # They have just shown it.
        step_up.note_methods(request.session, step_up.methods(request.session) | {SECOND})
    second_step_record(action=ADDED[authenticator.type], user=user, authenticator=authenticator)


def follow_second_step_removed(
    sender: Any, *, request: HttpRequest, user: User, authenticator: Authenticator, **_details: Any
) -> None:
    """Record that a second step or passkey is gone, and end the log-ins that it may have been used for.

    Recovery codes go with the last of them.
    """
    action = REMOVED.get(authenticator.type)
    if action is None:
        return
    second_step_record(action=action, user=user, authenticator=authenticator)
    other_sessions_end(user=user, current_key=request.session.session_key or "")
    if not has_second_step(user.id):
        # allauth's records too: the next confirmation by password would bring it back.
        request.session.pop(AUTHENTICATION_METHODS_SESSION_KEY, None)
        step_up.note_methods(request.session, step_up.methods(request.session) - SECOND_STEPS)


def record_recovery_code(sender: Any, *, user: User, authenticator: Authenticator, **_details: Any) -> None:
    """Record that a recovery code was used up."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        second_step_record(action="account.recovery_code_used", user=user, authenticator=authenticator)


@handles(MemberRemoved)
def revoke_personal_keys(event: MemberRemoved) -> None:
    """Revoke what acted as somebody who left: should they come back, they make new keys."""
    personal_keys_revoke(user_id=event.user_id)
