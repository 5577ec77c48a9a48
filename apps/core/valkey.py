"""Valkey: its connections, and scripts on it.

Everything that asks Valkey can do without it for a while. So when it is away that must cost a request next to nothing.
"""

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import structlog
from django.core.cache import cache
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as TooSlow
from redis.retry import Retry

PATIENCE = 0.25  # seconds for one step, be it a connection or an answer
AWAY_FOR = 1.0  # seconds for which a process leaves a Valkey alone that it could not reach

log = structlog.get_logger(__name__)


class Pool(ConnectionPool):
    """Connections with little patience. Once none can be made, one caller a second looks whether Valkey is back.

    What stands in VALKEY_URL wins: `?socket_timeout=1`.
    """

    #: When to look again, by address. Each thread has pools of its own, but all share what they know.
    _next_look: ClassVar[dict[str, float]] = {}

    def __init__(self, **options: Any) -> None:
        patience: dict[str, Any] = {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            # Once and at once, for a connection that the server closed meanwhile.
            "retry": Retry(NoBackoff(), 1, supported_errors=(NoConnection,)),
        }
        super().__init__(**patience | options)
        self._address = f"{options.get('path') or options.get('host')}:{options.get('port', '')}"

    def get_connection(self, command_name: Any = None, *keys: Any, **options: Any) -> Connection:
        now, look_at = time.monotonic(), self._next_look.get(self._address)
        if look_at and now < look_at:
            raise NoConnection("Valkey could not be reached a moment ago.")
        if look_at:
            self._next_look[self._address] = now + AWAY_FOR  # the others need not look too
        try:
            connection = super().get_connection()
        except (NoConnection, TooSlow) as error:
            self._next_look[self._address] = time.monotonic() + AWAY_FOR
            log.warning("valkey.away", error=str(error), seconds=AWAY_FOR)
            raise
        if self._next_look.pop(self._address, None):
            log.info("valkey.back")
        return connection


def run(script: str, *, keys: Sequence[str], arguments: Sequence[str | float]) -> Any:
    """Run a Lua script in one round trip and return what it returns. The keys stand beside the cache's.

    :raises RedisError: if Valkey is away
    """
    # Django has no public way to its client; the scripts share its connections.
    client = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
    return client.register_script(script)(keys=[cache.make_key(key) for key in keys], args=arguments)
