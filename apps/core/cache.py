"""Valkey as Django's cache, and a cache that is never away."""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import RedisError


class _Client(RedisCacheClient):
    """Keeps the client of the one server. Django makes one for each call, which takes as long as the call itself."""

    _kept: Redis | None = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


class ValkeyCache(RedisCache):
    """Django's own, with a client that is kept."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client


def _or_own(name: str) -> Callable[..., Any]:
    def method(self: "LimitsCache", *args: Any, **options: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *args, **options)
        except RedisError:
            return getattr(self.own, name)(*args, **options)

    method.__name__ = name
    return method


class LimitsCache(ValkeyCache):
    """Counts in Valkey, and in the process's own memory while it is away.

    For limits, which must neither fall nor keep people out then: each process counts for itself. For nothing
    that others must see.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = LocMemCache("limits", {"KEY_PREFIX": params.get("KEY_PREFIX", "")})

    add = _or_own("add")
    get = _or_own("get")
    set = _or_own("set")
    touch = _or_own("touch")
    delete = _or_own("delete")
    has_key = _or_own("has_key")
    incr = _or_own("incr")
    get_many = _or_own("get_many")
    set_many = _or_own("set_many")
    delete_many = _or_own("delete_many")
    clear = _or_own("clear")
