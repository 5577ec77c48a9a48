"""Ending log-ins: on one device, on all others, or everywhere for good."""

from allauth.usersessions.models import UserSession
from django.db import transaction

from apps.accounts import devices
from apps.accounts.models import User
from apps.accounts.services.acts import act_record
from apps.accounts.services.addresses import address_change_drop
from apps.accounts.tokens.sessions import sessions_end, sessions_revoke
from apps.core.errors import NotFound


def session_end(*, user: User, session_id: int) -> None:
    """Log a person out on one device.

    :raises NotFound: if they have no such session
    """
    with transaction.atomic():
        session = UserSession.objects.select_for_update().filter(user=user, id=session_id).first()
        if session is None:
            raise NotFound
        _end(session, user)


def other_sessions_end(*, user: User, current_key: str) -> int:
    """Log a person out everywhere but in the session with `current_key`, and return from how many places.

    Apps are signed out too, and every token of theirs is refused from the next request on.
    """
    with transaction.atomic():
        others = list(
            UserSession.objects.select_for_update().filter(user=user).exclude(session_key=current_key)
        )
        for session in others:
            _end(session, user)
        apps = sessions_end(user=user)
        address_change_drop(user=user)
    return len(others) + apps


def person_shut_out(*, user: User) -> None:
    """Keep a person from logging in, and end every log-in and sign-in of theirs.

    The caller records by whom, and why: an entry for each device would name the person themselves.
    """
    with transaction.atomic():
        User.objects.filter(id=user.id).update(is_active=False)
        for session in UserSession.objects.filter(user=user):
            session.end()
        sessions_revoke(user=user)


def _end(session: UserSession, user: User) -> None:
    act_record(
        action="account.session_ended", user=user, before={"device": devices.describe(session.user_agent)}
    )
    session.end()
