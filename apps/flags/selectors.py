"""Reading what staff decided, from Valkey where it is warm.

A cached entry names the version that it was read under, and every change makes a new version. So a change takes
effect at once, everywhere, and a slow reader can't put an old answer back.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.core.flags import Switches
from apps.flags.models import FlagException, FlagShare

VERSION = "flags"
LIFETIME = 300  # seconds; how long a change may wait if Valkey was away when it was made
log = structlog.get_logger(__name__)


def switches_for(tenant_id: UUID | None) -> Switches:
    """Return what staff decided, for a workspace or for none. The database answers where Valkey can't."""
    key = f"{VERSION}:{tenant_id}"
    try:
        found = cache.get_many([VERSION, key])
        version = found.get(VERSION) or _first_version()
    except RedisError as error:
        log.warning("flags_uncached", error=str(error))
        return _read(tenant_id)
    if (entry := found.get(key)) and entry["version"] == version:
        return Switches(**entry["switches"])
    switches = _read(tenant_id)
    _keep(key, {"version": version, "switches": asdict(switches)})
    return switches


def forget_switches() -> None:
    """Have every process read the database again. Call it once a change is committed."""
    try:
        cache.set(VERSION, str(uuid4()), timeout=None)
    except RedisError as error:
        log.warning("flags_change_delayed", seconds=LIFETIME, error=str(error))


def _first_version() -> str:
    cache.add(VERSION, str(uuid4()), timeout=None)
    return str(cache.get(VERSION))


def _keep(key: str, entry: dict[str, Any]) -> None:
    try:
        cache.set(key, entry, timeout=LIFETIME)
    except RedisError as error:
        log.warning("flags_uncached", error=str(error))


def _read(tenant_id: UUID | None) -> Switches:
    return Switches(
        shares=dict(FlagShare.objects.values_list("flag", "percent")),
        exceptions=_exceptions(tenant_id) if tenant_id else {},
    )


def _exceptions(tenant_id: UUID) -> dict[str, bool]:
    rows = FlagException.objects.filter(tenant_id=tenant_id).exclude(state=FlagException.State.SHARE)
    return {row.flag: row.state == FlagException.State.ON for row in rows}
