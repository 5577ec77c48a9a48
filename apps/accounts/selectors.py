"""Reading a person's log-ins and a workspace's keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from apps.accounts import devices
from apps.accounts.models import ApiKey, AuthSession, User
from apps.accounts.tokens.tokens import IDLE_LIFETIME
from apps.audit.interface import Filters, audit
from apps.core import clock, permissions, scope
from apps.core.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A place where a person is logged in: a browser, or an app, which is never the current one."""

    id: int | UUID
    name: str
    is_phone: bool
    address: str
    since: datetime
    seen_at: datetime
    current: bool
    is_app: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A passkey of a person."""

    id: int
    name: str
    since: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a person logs in: since when with codes from an app, recovery codes left, and on how many devices."""

    app_since: datetime | None
    passkeys: list[Passkey]
    codes_left: int | None
    devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """An API key, as the list shows it."""

    key: ApiKey
    role: Any
    creator: str
    state: str
    scopes: tuple[Any, ...]
    may_change: bool

    @property
    def is_alive(self) -> bool:
        return self.state in ("active", "orphaned")


def devices_of(user: User, *, current_key: str) -> list[Device]:
    """Return where a person is logged in, this session first, then the one seen last."""
    known = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    alive = _alive(user, [session.session_key for session in known])
    browsers = [_device(session, current_key) for session in known if session.session_key in alive]
    found = sorted(browsers + _apps_of(user), key=lambda device: device.seen_at, reverse=True)
    return sorted(found, key=lambda device: not device.current)


def security_of(user: User) -> Security:
    """Return how a person logs in."""
    known = list(Authenticator.objects.filter(user=user).order_by("created_at", "id"))
    found = {each.type: each for each in known}
    app, codes = found.get(Authenticator.Type.TOTP), found.get(Authenticator.Type.RECOVERY_CODES)
    return Security(
        app_since=app.created_at if app else None,
        passkeys=[_passkey(each) for each in known if each.type == Authenticator.Type.WEBAUTHN],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
        devices=len(devices_of(user, current_key="")),
    )


def over() -> Q:
    """Return what tells apart the apps that are no longer signed in."""
    now = clock.now()
    return Q(revoked_at__isnull=False) | Q(expires_at__lte=now) | Q(refreshed_at__lte=now - IDLE_LIFETIME)


def has_second_step(user_id: UUID) -> bool:
    """Tell whether a person's log-in needs more than their password."""
    steps = Authenticator.objects.filter(user_id=user_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return steps.exists()


def keys() -> list[KeyRow]:
    """Return the keys of the workspace in scope that the actor may see, newest first: all, or their own.

    :raises PermissionDenied: if they may neither manage keys nor have their own
    """
    visible = ApiKey.objects.filter(tenant_id=scope.tenant_id())
    if require_keys() == "keys.own":
        visible = visible.filter(role="", created_by_id=scope.user_id())
    found = list(visible.order_by("-created_at", "-id"))
    members = permissions.member_ids() if found else set()
    roles = {role.key: role.name for role in permissions.roles()}
    people = User.objects.in_bulk({key.created_by_id for key in found})
    return [
        KeyRow(
            key=key,
            role=roles.get(key.role, permissions.UNKNOWN) if key.role else "",
            creator=people[key.created_by_id].display_name if key.created_by_id in people else "",
            state=_state(key, members),
            scopes=_labels(key.scopes or []),
            may_change=key.is_usable and _may_change(key),
        )
        for key in found
    ]


def key_to_change(key_id: UUID) -> ApiKey:
    """Return a usable key of the workspace in scope that the actor may change.

    :raises PermissionDenied: if they may make no keys like it
    :raises NotFound: if there is none, or it is another person's own
    """
    require_keys()
    key = ApiKey.objects.filter(tenant_id=scope.tenant_id(), id=key_id).first()
    if key is None or not key.is_usable or not _may_change(key):
        raise NotFound
    return key


def require_keys() -> str:
    """Demand that the actor may have to do with keys, and return by which permission.

    :raises PermissionDenied: if they may neither manage keys nor have their own
    """
    if permissions.allows("keys.manage"):
        return "keys.manage"
    permissions.require("keys.own")
    return "keys.own"


def creator_of_key(key_id: UUID) -> UUID:
    """Return who made a key of the workspace in scope.

    :raises NotFound: if there is no such key
    """
    found = ApiKey.objects.filter(tenant_id=scope.tenant_id(), id=key_id).values_list(
        "created_by_id", flat=True
    )
    creator = found.first()
    if creator is None:
        raise NotFound
    return creator


def usable_keys_with(role: str) -> int:
    """Return how many usable keys of the workspace in scope have a role."""
    usable = ApiKey.objects.filter(tenant_id=scope.tenant_id(), revoked_at=None, expires_at__gt=clock.now())
    return usable.filter(role=role).count()


def _alive(user: User, session_keys: list[str]) -> set[str]:
    """Return which sessions still log the person in: a new password ends the others without deleting them."""
    stored = Session.objects.filter(session_key__in=session_keys, expire_date__gt=clock.now())
    password_hash = user.get_session_auth_hash()
    return {
        session.session_key
        for session in stored
        if (data := session.get_decoded()).get(SESSION_KEY) == str(user.pk)
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), password_hash)
    }


def _device(session: UserSession, current_key: str) -> Device:
    return Device(
        id=session.pk,
        name=devices.describe(session.user_agent),
        is_phone=devices.is_phone(session.user_agent),
        address=session.ip,
        since=session.created_at,
        seen_at=session.last_seen_at,
        current=session.session_key == current_key,
    )


def _passkey(authenticator: Authenticator) -> Passkey:
    return Passkey(
        id=authenticator.pk,
        name=str(authenticator),
        since=authenticator.created_at,
        used_at=authenticator.last_used_at,
    )


def _apps_of(user: User) -> list[Device]:
    alive = AuthSession.objects.filter(user=user).exclude(over())
    return [
        Device(
            id=session.id,
            name=devices.describe_app(session.user_agent),
            is_phone=devices.is_phone(session.user_agent),
            address=session.address,
            since=session.created_at,
            seen_at=session.refreshed_at,  # which it is every few minutes while it is used
            current=False,
            is_app=True,
        )
        for session in alive
    ]


def _may_change(key: ApiKey) -> bool:
    if key.is_personal:
        return key.created_by_id == scope.current().user_id
    return permissions.allows("keys.manage")


def _labels(names: list[str]) -> tuple[Any, ...]:
    return tuple(found.label for name in names if (found := permissions.find(name)))


def _state(key: ApiKey, members: set[UUID]) -> str:
    if key.revoked_at:
        return "revoked"
    if key.expires_at <= clock.now():
        return "expired"
    return "active" if key.created_by_id in members else "orphaned"


def former_addresses(user_id: UUID) -> list[str]:
    """Return the addresses that a person moved away from, as the audit log knows, and nobody has now."""
    found: set[str] = set()
    cursor = ""
    while True:
        with scope.use(tenant_id=None, user_id=user_id):
            page = audit().list_all_entries(filters=Filters(action="account.email_changed"), cursor=cursor)
        found.update(str(entry.before["email"]) for entry in page.entries if "email" in entry.before)
        if not (cursor := page.next):
            break
    return sorted(found - set(User.objects.filter(email__in=found).values_list("email", flat=True)))
