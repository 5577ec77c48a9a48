"""Host names of workspaces: claiming one, proving it by a DNS record, and which workspace a request's host means."""

import re
import secrets
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.http.request import validate_host
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.dns import public_dns
from apps.core.errors import Conflict, Invalid
from apps.events.interface import publish
from apps.tenancy.events import HostRemoved, HostVerified
from apps.tenancy.interface import HostNotFound, HostTaken, HostUnproven, TooManyHostChecks
from apps.tenancy.models import HostName
from apps.tenancy.selectors import host_names

HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])")
LOCAL = ".localhost"
MOST_HOSTS = 5
MOST_CHECKS = 5  # in a minute; each waits for name servers that the workspace itself names
REMEMBERED_FOR = 30  # seconds for which a lookup, also a vain one, asks no database


def host_add(*, host: str) -> HostName:
    """Claim a host name for the workspace in scope. It leads nowhere before `host_verify` has found the proof.

    :raises PermissionDenied: if the actor may not
    :raises Invalid: if it is no host name, or one of ours
    :raises Conflict: if the workspace has it already, or enough of them
    """
    permissions.require("workspace.manage")
    host = _checked_host(host)
    with transaction.atomic():
        known = host_names(scope.tenant_id())
        if known.filter(host=host).exists():
            raise Conflict(_("This host name is in the list already."))
        if known.count() >= MOST_HOSTS:
            raise Conflict(_("A workspace has at most %(count)s host names.") % {"count": MOST_HOSTS})
        name = HostName.objects.create(host=host, token=secrets.token_urlsafe(24))
        _record("hosts.added", name)
    if _proves_itself(host):
        return _verified(name.id)
    return name


def host_verify(*, host_id: UUID) -> HostName:
    """Look for the proof in the DNS; if it is there, the host name leads to the workspace from now on.

    :raises PermissionDenied: if the actor may not
    :raises HostNotFound: if the workspace has no such host name
    :raises HostUnproven: if the record is not there, or says something else
    :raises HostTaken: if another workspace has proven it before
    :raises TooManyHostChecks: if the workspace has looked too often in the last minute
    :raises Unavailable: if the DNS does not answer
    """
    permissions.require("workspace.manage")
    name = host_names(scope.tenant_id()).filter(id=host_id).first()
    if name is None:
        raise HostNotFound
    if not _proves_itself(name.host):
        _refuse_too_many_checks()
        record, value = proof_of(name)
        if value not in public_dns().texts(record):
            raise HostUnproven
    return _verified(name.id)


def host_remove(*, host_id: UUID) -> HostName:
    """Give a host name up. It stops leading to the workspace at once.

    :raises PermissionDenied: if the actor may not
    :raises HostNotFound: if the workspace has no such host name
    """
    permissions.require("workspace.manage")
    with transaction.atomic():
        name = _locked(host_id)
        host_names(scope.tenant_id()).filter(id=name.id).delete()
        _record("hosts.removed", name)
        publish(HostRemoved(host_id=name.id, host=name.host))
    if name.verified_at:
        _remember(name.host, None)
    return name


def proof_of(name: HostName) -> tuple[str, str]:
    """Return the TXT record that proves a host name: where it stands and what it says."""
    return f"_{settings.PRODUCT_SLUG}.{name.host}", f"{settings.PRODUCT_SLUG}-verify={name.token}"


def base_url_of(tenant_id: UUID) -> str:
    """Return what links into a workspace begin with: its first verified host name, else BASE_URL.

    There is no slash at the end.
    """
    with scope.use(tenant_id=tenant_id):
        name = host_names(tenant_id).exclude(verified_at=None).order_by("verified_at", "id").first()
    if name is None:
        return str(settings.BASE_URL)
    ours = urlsplit(settings.BASE_URL)
    port = f":{ours.port}" if ours.port else ""
    return f"{ours.scheme}://{name.host}{port}"


def tenant_of_host(host: str) -> UUID | None:
    """Return the tenant that a verified host name leads to, from the cache or the database."""
    if not HOST.fullmatch(host):
        return None
    try:
        known = cache.get(_cache_key(host))
    except RedisError:
        return _resolve(host)
    if known is None:
        known = str(_resolve(host) or "")
        # Not set(): a host name that was removed meanwhile must not come back.
        with suppress(RedisError):
            cache.add(_cache_key(host), known, REMEMBERED_FOR)
    return UUID(known) if known else None


def _resolve(host: str) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from tenancy_resolve_host(%s)", [host])
        found = cursor.fetchone()
    return found[0] if found else None


def _remember(host: str, tenant_id: UUID | None) -> None:
    # The change is committed. Without Valkey, what it knew of the name is forgotten by itself in seconds.
    with suppress(RedisError):
        cache.set(_cache_key(host), str(tenant_id or ""), REMEMBERED_FOR)


def _cache_key(host: str) -> str:
    return f"host:{host}"


def _refuse_too_many_checks() -> None:
    key = f"host-checks:{scope.tenant_id()}"
    with suppress(RedisError, ValueError):  # the count may run out between the two
        cache.add(key, 0, 60)
        if cache.incr(key) > MOST_CHECKS:
            raise TooManyHostChecks


def _verified(host_id: UUID) -> HostName:
    with transaction.atomic():
        name = _locked(host_id)
        if name.verified_at:
            return name
        name.verified_at = clock.now()
        try:
            with transaction.atomic():
                name.save(update_fields=["verified_at"])
        except IntegrityError as error:
            raise HostTaken from error
        _record("hosts.verified", name)
        publish(HostVerified(host_id=name.id, host=name.host))
    _remember(name.host, name.tenant_id)
    return name


def _locked(host_id: UUID) -> HostName:
    name = host_names(scope.tenant_id()).select_for_update().filter(id=host_id).first()
    if name is None:
        raise HostNotFound
    return name


def _checked_host(host: str) -> str:
    host = host.strip().lower().removesuffix(".")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _refusal() from error
    if not HOST.fullmatch(host) or _is_address(host):
        raise _refusal()
    if host.endswith(LOCAL) and not settings.LOCAL_HOSTS_ARE_VERIFIED:
        raise _refusal()
    ours = urlsplit(settings.BASE_URL).hostname or ""
    is_ours = validate_host(host, settings.ALLOWED_HOSTS) or host == ours or host.endswith(f".{ours}")
    if is_ours and not _proves_itself(host):
        raise Invalid(fields={"host": [_("This host name is ours. Enter one of yours.")]})
    return host


def _refusal() -> Invalid:
    return Invalid(
        fields={"host": [_("Enter a host name such as radar.example.com, without https:// or a path.")]}
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _proves_itself(host: str) -> bool:
    """Tell whether a name leads to the person's own machine, so that hosts can be tried out without any DNS."""
    return bool(settings.LOCAL_HOSTS_ARE_VERIFIED) and host.endswith(LOCAL)


def _record(action: str, name: HostName) -> None:
    audit().record(action=action, target_type="host", target_id=name.id, target_label=name.host)
