"""A customer's server, which verifies what it gets with the library that customers use."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import transaction
from standardwebhooks.webhooks import Webhook

from apps.core.ids import new_id
from apps.events.interface import publish
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.events import MemberRemoved
from apps.tenancy.models import Tenant
from apps.webhooks.models import Endpoint
from apps.webhooks.services.endpoints import endpoint_add
from apps.webhooks.services.signing import secret_of


@dataclass
class Receiver:
    """A server of a customer's. It keeps what came, and answers with the next of `statuses`, then with the last."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    requests: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    def verified(self, secret: str, index: int = -1) -> Any:
        """Return the event of a request, if it is ours.

        :raises WebhookVerificationError: if it is not
        """
        content, headers = self.requests[index]
        return Webhook(secret).verify(content, headers)


@contextmanager
def receiving(**behaviour: Any) -> Iterator[Receiver]:
    receiver = Receiver(**behaviour)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((content, {name.lower(): value for name, value in self.headers.items()}))
            sleep(receiver.delay)
            statuses = receiver.statuses
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()


@pytest.fixture
def receive(settings: Any) -> Iterator[Callable[..., Receiver]]:
    """Start a customer's server on this machine: `receive(statuses=[500, 204])`."""
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with ExitStack() as running:
        yield lambda **behaviour: running.enter_context(receiving(**behaviour))


@pytest.fixture
def endpoint(tenant: Tenant, as_tenant: Any) -> Callable[..., tuple[Endpoint, str]]:
    """Add an endpoint of `tenant`; return it with its secret."""

    def add(url: str, *events: str, of: Tenant = tenant) -> tuple[Endpoint, str]:
        with as_tenant(of):
            made = endpoint_add(url=url, events=events or ["member.removed"], description="For tests")
        return made, secret_of(made)

    return add


@pytest.fixture
def happen(tenant: Tenant, as_tenant: Any) -> Callable[..., None]:
    """Have members removed, and everything done that follows from it now."""

    def do(times: int = 1, of: Tenant = tenant, run: bool = True) -> None:
        with as_tenant(of), transaction.atomic():
            for _ in range(times):
                publish(MemberRemoved(membership_id=new_id(), user_id=new_id()))
        deliver_due()
        if run:
            run_due_tasks()

    return do
