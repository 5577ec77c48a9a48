"""How often modules are called through their interfaces, and how long that takes; `manage.py seams` reads it.

Each process counts for itself, and adds what it counted to the day's sums in Valkey about once a minute. What it
counted in its last minute is lost: this is for weighing, not for billing.
"""

import time
from abc import ABC
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any

import structlog
from redis.exceptions import RedisError

from apps.core import clock, valkey

FLUSH_AFTER = 60.0  # seconds
DAYS = 30

ADD = """
for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], 31 * 86400)
"""
READ = "return redis.call('HGETALL', KEYS[1])"

log = structlog.get_logger(__name__)
_lock = Lock()
_counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
_next_flush = time.monotonic() + FLUSH_AFTER


@dataclass(frozen=True, slots=True)
class Usage:
    """The calls of a module in the last days, and the microseconds that they took together."""

    calls: int = 0
    microseconds: int = 0

    @property
    def per_second(self) -> float:
        return self.calls / (DAYS * 86400)

    @property
    def milliseconds_per_call(self) -> float:
        return self.microseconds / self.calls / 1000 if self.calls else 0.0


def counted(kind: type) -> Any:
    """Return an instance of an implementation whose calls are counted, but not those that it makes of itself."""
    inner = kind()
    interface: type[ABC] = next(base for base in kind.__mro__ if ABC in base.__bases__)
    module = interface.__module__.split(".")[1]
    methods = {name: _timed(inner, name, module) for name in interface.__abstractmethods__}
    return type(kind.__name__, (kind,), methods)()


def _timed(inner: Any, name: str, module: str) -> Callable[..., Any]:
    def call(_self: Any, **arguments: Any) -> Any:
        started = time.perf_counter_ns()
        try:
            return getattr(inner, name)(**arguments)
        finally:
            _note(module, (time.perf_counter_ns() - started) // 1000)

    return call


def _note(module: str, microseconds: int) -> None:
    with _lock:
        sums = _counted[module]
        sums[0] += 1
        sums[1] += microseconds
        is_due = time.monotonic() > _next_flush
    if is_due:
        flush()


def flush() -> None:
    """Add what this process counted to the day's sums. While Valkey is away it goes on counting."""
    global _next_flush
    with _lock:
        _next_flush = time.monotonic() + FLUSH_AFTER
        taken = {module: tuple(sums) for module, sums in _counted.items()}
        _counted.clear()
    pairs = [
        part
        for module, (calls, microseconds) in taken.items()
        for part in (f"{module}:calls", calls, f"{module}:microseconds", microseconds)
    ]
    try:
        if pairs:
            valkey.run(ADD, keys=[_key(0)], arguments=pairs)
    except RedisError as error:
        log.warning("calls.not_counted", error=str(error))
        with _lock:
            for module, (calls, microseconds) in taken.items():
                _counted[module][0] += calls
                _counted[module][1] += microseconds


def usage() -> dict[str, Usage]:
    """Return what all processes counted in the last 30 days, by module.

    :raises RedisError: if Valkey is away
    """
    sums: dict[str, int] = defaultdict(int)
    for days_ago in range(DAYS):
        found = iter(valkey.run(READ, keys=[_key(days_ago)], arguments=[]))
        for name, number in zip(found, found, strict=True):
            sums[name.decode()] += int(number)
    modules = {name.partition(":")[0] for name in sums}
    return {
        module: Usage(sums[f"{module}:calls"], sums[f"{module}:microseconds"]) for module in sorted(modules)
    }


def _key(days_ago: int) -> str:
    return f"calls:{(clock.now() - timedelta(days=days_ago)).date()}"
