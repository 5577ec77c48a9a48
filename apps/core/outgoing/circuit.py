"""What all processes know of a destination together, in Valkey: whether it fails, and how many retries it may have.

The circuit is closed while calls succeed. After `FAILURES` in a row it opens: calls are refused at once. `OPEN_FOR`
seconds later one call, the probe, goes through: if it succeeds the circuit closes, otherwise it stays open as long
again. A probe that never reports gives its turn up with its time.

Each call pays `SHARE` of a retry into the destination's budget, which holds `MOST` and begins full. So when a server
struggles, what we add to its load is a share of it and not a multiple.

Without Valkey every circuit counts as closed, and nothing is tried again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import RedisError

from apps.core import valkey
from apps.core.outgoing.errors import CircuitOpen

FAILURES = 5
OPEN_FOR = 15.0  # seconds
SHARE = 0.2
MOST = 10
REMEMBERED_FOR = 600.0  # seconds after the last call; then a destination begins anew

log = structlog.get_logger(__name__)

# Valkey's own clock, so that the processes agree.
NOW = "local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)"

# Returns the milliseconds to wait if the call is refused, 0 for a usual call, -1 for the probe.
ENTER = (
    NOW
    + """
local open_for, probe_for, share, most, remembered = unpack(ARGV)
local held = redis.call('HMGET', KEYS[1], 'opened', 'probe', 'budget')
local verdict = 0
if held[1] then
  local wait = math.max(held[1] + open_for, held[2] or 0) - now
  if wait > 0 then return wait end
  redis.call('HSET', KEYS[1], 'probe', now + probe_for)
  verdict = -1
end
if held[3] then
  redis.call('HSET', KEYS[1], 'budget', tostring(math.min(held[3] + share, most)))
  redis.call('PEXPIRE', KEYS[1], remembered)
end
return verdict
"""
)

# A call that began before the circuit opened says nothing about now.
LEAVE = (
    NOW
    + """
local is_well, is_probe, failures, remembered = unpack(ARGV)
if redis.call('HEXISTS', KEYS[1], 'opened') == 1 and is_probe == '0' then return 'open' end
if is_well == '1' then
  redis.call('HDEL', KEYS[1], 'failures', 'opened', 'probe')
  return 'closed'
end
local failed = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('PEXPIRE', KEYS[1], remembered)
if failed < tonumber(failures) and is_probe == '0' then return 'closed' end
redis.call('HSET', KEYS[1], 'opened', now)
redis.call('HDEL', KEYS[1], 'probe')
return 'opened'
"""
)

SPEND = """
local most, remembered = unpack(ARGV)
local budget = tonumber(redis.call('HGET', KEYS[1], 'budget') or most)
if budget < 1 then return 0 end
redis.call('HSET', KEYS[1], 'budget', tostring(budget - 1))
redis.call('PEXPIRE', KEYS[1], remembered)
return 1
"""


@dataclass(slots=True)
class Call:
    """What came of a call; it went wrong until it says otherwise."""

    is_well: bool = False


@contextmanager
def calling(destination: str, *, at_most: float) -> Iterator[Call]:
    """Make a call in the block, and note how it went: set `is_well` once it did.

    :param at_most: seconds that the call may take
    :raises CircuitOpen: if the destination failed too often just now
    """
    verdict = _run(
        ENTER, destination, _ms(OPEN_FOR), _ms(at_most), SHARE, MOST, _ms(REMEMBERED_FOR), otherwise=0
    )
    if verdict > 0:
        raise CircuitOpen(f"{destination} failed {FAILURES} times in a row", retry_after=verdict / 1000)
    call = Call()
    try:
        yield call
    finally:
        is_probe = int(verdict < 0)
        state = _run(
            LEAVE, destination, int(call.is_well), is_probe, FAILURES, _ms(REMEMBERED_FOR), otherwise=b""
        )
        if state == b"opened":
            log.warning("outgoing.circuit_opened", destination=destination, seconds=OPEN_FOR)
        elif is_probe and call.is_well:
            log.info("outgoing.circuit_closed", destination=destination)


def may_retry(destination: str) -> bool:
    """Take one retry from the destination's budget, if one is left."""
    return bool(_run(SPEND, destination, MOST, _ms(REMEMBERED_FOR), otherwise=0))


def _run(script: str, destination: str, *arguments: float, otherwise: int | bytes) -> Any:
    try:
        return valkey.run(script, keys=[f"outgoing:{destination}"], arguments=arguments)
    except RedisError as error:
        log.warning("outgoing.circuit_unknown", destination=destination, error=str(error))
        return otherwise


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
