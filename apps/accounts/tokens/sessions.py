"""Sign-ins of apps: begun, refreshed, led to another workspace, ended.

A refresh token is good for one use. Whoever presents a used one has stolen it, or was stolen from: nobody can tell,
so the sign-in ends.
"""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import devices
from apps.accounts.interface import TokenRefused
from apps.accounts.models import AuthSession, User
from apps.accounts.selectors import over
from apps.accounts.services.acts import act_record
from apps.accounts.tokens.tokens import (
    ABSOLUTE_LIFETIME,
    ACCESS_LIFETIME,
    AccessToken,
    RefreshToken,
)
from apps.core import answers, clock, scope
from apps.core.errors import NotFound
from apps.tenancy.interface import (
    Place,
    PolicyRefusal,
    SessionOver,
    SignIn,
    WorkspaceNotFound,
    record_refusal,
    tenancy,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A pair of tokens, and the address of the workspace that the access token opens; empty if none."""

    access: str
    refresh: str
    workspace: str
    expires_in: int = int(ACCESS_LIFETIME.total_seconds())


def session_begin(
    *, user: User, methods: Sequence[str], authenticated_at: datetime, user_agent: str, address: str
) -> Tokens:
    """Sign an app in for a person who has shown who they are, into the workspace that they opened last.

    :param methods: by what they have shown it, as RFC 8176 names it
    """
    now = clock.now()
    with _as(user.id), transaction.atomic():
        AuthSession.objects.filter(over(), user=user).delete()
        session = AuthSession(
            user=user,
            methods=list(methods),
            authenticated_at=authenticated_at,
            user_agent=user_agent[:200],
            address=address,
            expires_at=now + ABSOLUTE_LIFETIME,
        )
        return _renew(session, _first_place(session))


def session_refresh(*, presented: str, workspace: str = "") -> Tokens:
    """Return the next pair of tokens for a refresh token, which is used up by that.

    If the workspace that they were in does not let them in any more, it is recorded, and they are in none.

    Call it outside of a transaction: what a stolen token brings about must not be rolled back with the refusal.

    :param workspace: the address of another workspace of the person, to go there
    :raises TokenRefused: if it is not valid, or is used already; that ends the sign-in
    :raises WorkspaceNotFound: if the person has no such workspace; the token stays good
    :raises PolicyRefusal: if the workspace named does not let them in, or theirs asks again who they are; that is
        recorded, and the token stays good
    """
    try:
        token = RefreshToken(presented)  # type: ignore[arg-type]
    except TokenError as error:
        raise TokenRefused from error
    with _as(UUID(token["sub"])):
        tokens = kept_out = None
        try:
            with transaction.atomic(durable=True):
                session = _locked(UUID(token["sid"]))
                if is_current(session, token, presented):
                    place, kept_out = _place(session, workspace)
                    tokens = _renew(session, place)
                else:
                    _revoke(session)
                    act_record(action="account.token_reused", user=session.user, before=_device(session))
        except PolicyRefusal as refusal:
            _record_refusal(refusal, session, workspace)
            raise
        if kept_out:
            _record_refusal(kept_out, session, workspace)
        if tokens is None:
            raise TokenRefused
    return tokens


def session_end(*, user: User, session_id: UUID) -> None:
    """Sign a person out of one app.

    :raises NotFound: if they have no such sign-in
    """
    with _as(user.id), transaction.atomic():
        session = (
            AuthSession.objects.select_for_update().filter(user=user, id=session_id, revoked_at=None).first()
        )
        if session is None:
            raise NotFound
        _revoke(session)
        act_record(action="account.session_ended", user=user, before=_device(session))


def sessions_end(*, user: User) -> int:
    """Sign a person out of all apps, and record each; return how many sign-ins were ended."""
    with transaction.atomic():
        ended = sessions_revoke(user=user)
        for session in ended:
            act_record(action="account.session_ended", user=user, before=_device(session))
    return len(ended)


def sessions_revoke(*, user: User) -> list[AuthSession]:
    """Refuse every token that a person has, and return the sign-ins that this ended."""
    with _as(user.id), transaction.atomic():
        answers.changing(version_of(user.id))
        User.objects.filter(id=user.id).update(token_version=F("token_version") + 1)
        ended = list(AuthSession.objects.filter(user=user).exclude(over()).select_for_update())
        for session in ended:
            _revoke(session)
    return ended


def version_of(user_id: UUID) -> str:
    """Return the name of what makes answers about a person's tokens out of date; see `apps.core.answers`."""
    return f"tokens:{user_id}"


def is_current(session: AuthSession, token: RefreshToken, presented: str) -> bool:
    """Tell whether a refresh token is the last one that its sign-in was given."""
    return session.generation == token["gen"] and hmac.compare_digest(session.token_hash, _hash(presented))


def _locked(session_id: UUID) -> AuthSession:
    found = AuthSession.objects.select_for_update(of=("self",)).select_related("user").filter(id=session_id)
    session = found.exclude(over()).filter(user__is_active=True).first()
    if session is None:
        raise TokenRefused
    return session


def _place(session: AuthSession, workspace: str) -> tuple[Place | None, PolicyRefusal | None]:
    """Return the way into a workspace, or why its policy leaves the person in none."""
    if workspace:
        place = _find_place(session, slug=workspace)
        if place is None:
            raise WorkspaceNotFound
        session.workspace_id = place.tenant_id
        return place, None
    if session.workspace_id is None:
        return None, None
    try:
        # Who was removed is in no workspace until they choose one.
        return _find_place(session, tenant_id=session.workspace_id), None
    except SessionOver:
        raise  # A refresh would count as activity, and undo it.
    except PolicyRefusal as refusal:
        return None, refusal


def _record_refusal(refusal: PolicyRefusal, session: AuthSession, workspace: str) -> None:
    if workspace:
        refused = tenancy().find_workspace(slug=workspace)
    else:
        refused = tenancy().get_workspace(tenant_id=cast(UUID, session.workspace_id))
    person = scope.Actor(kind="person", id=session.user_id, label=session.user.display_name)
    with scope.use(tenant_id=refused.id, actor=person):
        record_refusal(refusal, name=refused.name)


def _first_place(session: AuthSession) -> Place | None:
    """Return the way into the workspace opened last, unless its policy refuses: they can choose another one."""
    try:
        place = _find_place(session)
    except PolicyRefusal:
        return None
    session.workspace_id = place.tenant_id if place else None
    return place


def _find_place(session: AuthSession, **named: Any) -> Place | None:
    sign_in = SignIn(
        methods=frozenset(session.methods),
        authenticated_at=session.authenticated_at,
        seen_at=session.refreshed_at,
    )
    return tenancy().find_place(user_id=session.user_id, sign_in=sign_in, **named)


def _renew(session: AuthSession, place: Place | None) -> Tokens:
    """Give a sign-in its next refresh token, and an access token."""
    session.generation += 1
    session.refreshed_at = clock.now()
    refresh = RefreshToken()
    refresh.payload |= {"sub": str(session.user_id), "sid": str(session.id), "gen": session.generation}
    refresh["exp"] = min(refresh["exp"], int(session.expires_at.timestamp()))
    presented = str(refresh)
    session.token_hash = _hash(presented)
    session.save()
    return Tokens(access=_access(session, place), refresh=presented, workspace=place.slug if place else "")


def _access(session: AuthSession, place: Place | None) -> str:
    token = AccessToken()
    token["exp"] = min(token["exp"], int(session.expires_at.timestamp()))
    token.payload |= {
        "sub": str(session.user_id),
        "sid": str(session.id),
        "tid": str(place.tenant_id) if place else "",
        "tv": session.user.token_version,
        "mv": place.version if place else "",
        "amr": session.methods,
        "auth_time": int(session.authenticated_at.timestamp()),
    }
    return str(token)


def _revoke(session: AuthSession) -> None:
    answers.changing(version_of(session.user_id))
    session.revoked_at = clock.now()
    session.save(update_fields=["revoked_at"])


def _device(session: AuthSession) -> dict[str, Any]:
    return {"device": devices.describe_app(session.user_agent)}


def _hash(presented: str) -> str:
    return sha256(presented.encode()).hexdigest()


@contextmanager
def _as(user_id: UUID) -> Iterator[None]:
    """Act as a person of whom only a token tells, or a log-in that is just complete."""
    with scope.use(tenant_id=None, user_id=user_id):
        yield
