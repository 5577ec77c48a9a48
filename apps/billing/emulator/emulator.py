"""A running emulator, and the handle by which tests play with it."""

import sys
import time
from collections.abc import Callable, Sequence
from http.server import ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import Any, Literal, TypeVar

from apps.billing.emulator.engine import periods
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import checkout, disputes, meters, webhook_endpoints
from apps.billing.emulator.server import Handler
from apps.billing.emulator.store import Json, Store
from apps.billing.emulator.webhooks import PAUSES, Order, Sender, signed

Result = TypeVar("Result")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that went away; show every other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Emulator:
    """Its clock stands still until `advance` moves it, unless it is `ticking` as the world's does."""

    def __init__(
        self,
        port: int = 0,
        file: str = ":memory:",
        secret: str = "whsec_emulator",  # noqa: S107
        *,
        pauses: Sequence[float] = PAUSES,
        ticking: bool = False,
    ) -> None:
        self.store, self.lock, self.secret = Store(file), RLock(), secret
        self.faults: list[int | str] = []
        self._server = _Server(("127.0.0.1", port), type("Handler", (Handler,), {"emulator": self}))
        self.url = self.store.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.sender = Sender(self.store, self.lock, pauses)
        self._ticking, self._closed = ticking, Event()
        self._threads = [Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)]
        if ticking:
            self._threads.append(Thread(target=self._tick, daemon=True))
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        self.sender.close()
        self.store.close()

    @property
    def now(self) -> int:
        with self.lock:
            return self.store.now

    @property
    def ahead(self) -> int:
        """How many seconds a ticking clock was moved ahead of the world's."""
        with self.lock:
            return int(self.store.fact("ahead")) if self._ticking else 0

    def advance(self, *, to: int) -> None:
        """Let time pass; what falls due on the way happens in order.

        The world's clock does not follow a ticking one, so those who go by it are told to look again.
        """

        def pass_time() -> None:
            self.store.note("ahead", to - int(time.time()))
            periods.advance(self.store, to)
            for customer in self.store.all("customer") if self._ticking else []:
                publish(self.store, "customer.updated", customer, customer)

        self.carry_out(pass_time)

    def set_after_retries(self, status: Literal["cancel", "unpaid", "past_due"]) -> None:
        """What becomes of a subscription whose renewal nobody has paid after the last attempt."""
        self.carry_out(lambda: self.store.note("after_retries", status))

    def fail_next(self, *faults: int | Literal["timeout", "lost"]) -> None:
        """Answer the next calls with these statuses and do nothing else; or not at all: a `timeout` happens
        before the call is carried out, `lost` is the answer to one that was."""
        self.faults.extend(faults)

    def events(self) -> list[Json]:
        """The oldest first."""
        with self.lock:
            return self.store.all("event")[::-1]

    def pay(
        self, session: str, number: str = "4242424242424242", *, confirmed: bool = False, email: str = ""
    ) -> Json:
        """What the checkout page does; without a number, if no card is asked for. Raises ApiError if it is refused."""
        return self.carry_out(lambda: checkout.complete(self.store, session, number, confirmed, email))

    def dispute(self, charge: str, reason: str = "fraudulent") -> Json:
        """What a bank does whose customer wants a payment back."""
        return self.carry_out(lambda: disputes.begin(self.store, charge, reason))

    def refuse_usage(self, meter: str, identifiers: Sequence[str], why: str) -> Json:
        """Report meter events as refused after they were taken."""
        return self.carry_out(lambda: meters.report(self.store, meter, identifiers, why))

    def webhook(self, event: Json, *, is_thin: bool = False) -> tuple[bytes, dict[str, str]]:
        """The body and the headers with which Stripe would send this event."""
        return signed(event, self.secret, is_thin=is_thin)

    def send_thin(self, is_thin: bool = True) -> None:
        """Send thin events of version 2 from now on, or snapshots again."""

        def put() -> None:
            for endpoint in self.store.all("webhook_endpoint"):
                self.store.save(endpoint | {"_is_thin": is_thin})

        self.carry_out(put)

    def register(self, url: str, secret: str = "", events: Sequence[str] = ("*",)) -> None:
        """Send webhooks there from now on. What is known of the address is replaced."""

        def put() -> None:
            for endpoint in self.store.all("webhook_endpoint"):
                if endpoint["url"] == url:
                    news = {"_secret": secret or self.secret, "enabled_events": list(events)}
                    self.store.save(endpoint | news)
                    return
            webhook_endpoints.register(self.store, url, secret or self.secret, list(events), {})

        self.carry_out(put)

    def drop_next(self, count: int = 1) -> None:
        """Lose the next webhooks, without another attempt."""
        self.sender.drop_next(count)

    def duplicate_next(self, copies: int = 1) -> None:
        """Send the next webhook so many times more."""
        self.sender.duplicate_next(copies)

    def hold(self) -> None:
        """Keep webhooks back until `release`."""
        self.sender.hold()

    def release(self, order: Order | Sequence[str] = "kept") -> None:
        """Send what was held back; in the order of these events' ids, if some are given."""
        self.sender.release(order)

    def resend(self, event: str) -> None:
        """Send an event once more to every endpoint."""
        self.sender.resend(event)

    def settle(self, timeout: float = 10) -> None:
        """Wait until every webhook is sent, or given up. Raises TimeoutError."""
        self.sender.settle(timeout)

    def _tick(self) -> None:
        while not self._closed.wait(1):
            with self.lock:
                moment = int(time.time()) + self.store.fact("ahead")
                if moment > self.store.now:
                    self.carry_out(lambda moment=moment: periods.advance(self.store, moment))  # type: ignore[misc]

    def carry_out(self, work: Callable[[], Result]) -> Result:
        """Do something as one request does: all of it or, if it raises, nothing."""
        with self.lock:
            try:
                done = work()
                self.store.commit()
            except BaseException as error:
                if isinstance(error, ApiError) and error.keeps:
                    self.store.commit()
                else:
                    self.store.rollback()
                raise
        self.sender.wake()
        return done
