"""API keys of the workspace in scope.

A key reads `tnk_<prefix>_<secret>`. The prefix finds its row; of the secret only an HMAC-SHA-256 under the
server's key is kept, so a stolen table opens nothing.
"""

import hmac
import re
import secrets
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.accounts.interface import KeyRefused
from apps.accounts.models import ApiKey
from apps.audit.interface import audit
from apps.core import clock, permissions, placement, scope
from apps.core.db.prepared import Prepared
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.core.permissions import OWNER, Role
from apps.core.text import clean_name
from apps.entitlements.interface import entitlements

SHAPE = re.compile(r"tnk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
LONGEST_LIFE = timedelta(days=366)
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def key_create(*, name: str, role: str, lifetime: timedelta) -> tuple[ApiKey, str]:
    """Create a key for the workspace in scope. The returned text is shown once and can't be had again.

    :param role: the role whose permissions it has, up to the creator's own
    :raises PermissionDenied: if the actor may not manage keys, or is no person
    :raises Invalid: if the name, the role or the lifetime is not acceptable
    :raises FeatureNotIncluded: if the plan does not include the API
    """
    permissions.require("keys.manage")
    entitlements().require(tenant_id=scope.tenant_id(), feature="api.access")
    if scope.current().user_id is None:
        raise PermissionDenied(_("Only a person can create keys."), permission="keys.manage")
    _check_lifetime(lifetime)
    name = clean_name(name, longest=80, empty=_("Give the key a name of up to 80 characters."))
    given = _grantable(role)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with transaction.atomic():
        key = ApiKey.objects.create(
            name=name,
            prefix=prefix,
            secret_hash=_hash(secret),
            role=role,
            created_by_id=scope.user_id(),
            expires_at=clock.now() + lifetime,
        )
        audit().record(
            action="keys.created",
            target_type="key",
            target_id=key.id,
            target_label=key.name,
            after={"role": given.recorded, "expires_at": key.expires_at.isoformat()},
        )
    return key, f"tnk_{prefix}_{secret}"


def key_revoke(*, key_id: UUID) -> ApiKey:
    """Make a key unusable at once.

    :raises PermissionDenied: if the actor may not manage keys
    :raises NotFound: if the workspace has no such key, or it is revoked
    """
    permissions.require("keys.manage")
    with transaction.atomic():
        usable = ApiKey.objects.filter(tenant_id=scope.tenant_id(), revoked_at=None)
        key = usable.select_for_update().filter(id=key_id).first()
        if key is None:
            raise NotFound
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        audit().record(action="keys.revoked", target_type="key", target_id=key.id, target_label=key.name)
    return key


def key_authenticate(*, presented: str) -> ApiKey:
    """Return the usable key that was presented.

    :raises KeyRefused: if there is none
    """
    shape = SHAPE.fullmatch(presented)
    if shape is None:
        raise KeyRefused
    prefix, secret = shape.groups()
    tenant_id = _tenant_of(prefix)
    with scope.use(tenant_id=tenant_id, cell=placement.last_seen_cell(tenant_id)):
        key = next(iter(_with_prefix.rows(prefix)), None)
        if key is None or not _is_secret_of(key, secret) or not key.is_usable:
            raise KeyRefused
        _note_use(key)
    return key


_with_prefix = Prepared(lambda prefix: ApiKey.objects.filter(prefix=prefix), str)


@lru_cache(maxsize=10_000)
def _tenant_of(prefix: str) -> UUID:
    # Remembered, for a key never moves. Whether it still opens anything is read in its tenant each time.
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from accounts_resolve_key(%s)", [prefix])
        row = cursor.fetchone()
    if row is None:
        raise KeyRefused
    return row[0]


def _note_use(key: ApiKey) -> None:
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > USE_IS_NOTED_EVERY:
        with transaction.atomic():
            ApiKey.objects.filter(id=key.id).update(last_used_at=now)


def _check_lifetime(lifetime: timedelta) -> None:
    if not timedelta() < lifetime <= LONGEST_LIFE:
        raise Invalid(fields={"lifetime": [_("Choose a lifetime of up to one year.")]})


def _grantable(role: str) -> Role:
    found = next((known for known in permissions.roles() if known.key == role), None)
    if found is None or role == OWNER:
        raise Invalid(fields={"role": [_("Choose one of the roles.")]})
    if not permissions.may_give(found):
        raise Invalid(fields={"role": [_("A key can't do more than you can.")]})
    return found


def _is_secret_of(key: ApiKey, secret: str) -> bool:
    """Tell whether the secret is the key's: under the server's key, or a former one, as when it was made."""
    servers = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(key.secret_hash, _hash(secret, server)) for server in servers)


def _hash(secret: str, server_key: str | None = None) -> str:
    return salted_hmac("apps.accounts.api_key", secret, secret=server_key, algorithm="sha256").hexdigest()
