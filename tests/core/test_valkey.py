"""A Valkey that is away costs next to nothing, and is found again."""

import socket
import time
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import RedisError

from apps.core import valkey
from apps.core.valkey import Pool


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word, as a frozen Valkey does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def ask(port: int) -> float:
    """Return the seconds that a failing question takes."""
    client = Redis(connection_pool=Pool.from_url(f"redis://127.0.0.1:{port}/0"))
    started = time.monotonic()
    with pytest.raises(RedisError):
        client.get("anything")
    return time.monotonic() - started


def test_a_frozen_valkey_is_asked_once(silent: int) -> None:
    assert ask(silent) < 2 * valkey.PATIENCE
    assert max(ask(silent) for _ in range(20)) < valkey.PATIENCE / 2


def test_a_stopped_valkey_is_asked_once(silent: int) -> None:
    assert max(ask(9) for _ in range(20)) < valkey.PATIENCE / 2


def test_one_caller_looks_whether_it_is_back(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "AWAY_FOR", 0.2)
    ask(silent)
    time.sleep(0.21)

    waits = [ask(silent) for _ in range(5)]
    assert sum(wait > valkey.PATIENCE / 2 for wait in waits) == 1


def test_it_is_used_again_once_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "AWAY_FOR", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ask(port)
    with socket.create_server(("127.0.0.1", port)) as server:
        server.settimeout(2)
        time.sleep(0.11)
        client = Redis(connection_pool=Pool.from_url(f"redis://127.0.0.1:{port}/0", protocol=2))
        with pytest.raises(RedisError):
            client.get("anything")
        server.accept()[0].close()
