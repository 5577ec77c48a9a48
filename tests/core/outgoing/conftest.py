from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.core.outgoing.servers import Server, serving
from tests.fakes.dns import FakeDns


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server that runs a script for each connection: `serve(answering(200))`, `serve(…, tls=context)`."""
    with ExitStack() as running:
        yield lambda *script, **options: running.enter_context(serving(*script, **options))


@pytest.fixture
def own_network(settings: Any) -> None:
    """Allow customers' addresses to lead to this machine."""
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> type[FakeDns]:
    """An empty DNS."""
    monkeypatch.setattr(FakeDns, "hosts", {})
    monkeypatch.setattr(FakeDns, "is_down", False)
    return FakeDns
