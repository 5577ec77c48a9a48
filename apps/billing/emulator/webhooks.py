"""Sending webhooks: signed, one after the other, and again after growing pauses."""

import json
import time
from collections.abc import Sequence
from random import shuffle
from threading import Event, RLock, Thread
from typing import Literal
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import stripe

from apps.billing.emulator.publishing import thin
from apps.billing.emulator.shapes import whole
from apps.billing.emulator.store import Json, Store

PAUSES = (5, 30, 5 * 60, 60 * 60, 6 * 60 * 60)  # seconds of the world's clock between attempts
TIMEOUT = 10  # seconds
Order = Literal["kept", "reversed", "shuffled"]


class Sender:
    """A thread that sends what is queued. It holds no lock while an endpoint answers."""

    def __init__(self, store: Store, lock: RLock, pauses: Sequence[float]) -> None:
        self._store, self._lock, self._pauses = store, lock, pauses
        self._dropping = self._copies = 0
        self._held = self._closed = False
        self._wake = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        self._wake.set()

    def drop_next(self, count: int = 1) -> None:
        """Lose the next webhooks, without another attempt."""
        with self._lock:
            self._dropping += count

    def duplicate_next(self, copies: int = 1) -> None:
        """Send the next webhook so many times more."""
        with self._lock:
            self._copies += copies

    @property
    def is_holding(self) -> bool:
        return self._held

    def hold(self) -> None:
        """Keep webhooks back until `release`."""
        with self._lock:
            self._held = True

    def release(self, order: Order | Sequence[str] = "kept") -> None:
        """Send what was held back; in the order of these events' ids, if some are given."""
        with self._lock:
            rows = self._store.sql("select id, event from deliveries where state = 'pending' order by place")
            if order == "reversed":
                rows.reverse()
            elif order == "shuffled":
                shuffle(rows)
            elif order != "kept":
                wanted = list(order)
                rows.sort(key=lambda row: wanted.index(row[1]) if row[1] in wanted else len(wanted))
            for place, (identifier, _event) in enumerate(rows):
                self._store.sql("update deliveries set place = ? where id = ?", place - len(rows), identifier)
            self._store.commit()
            self._held = False
        self.wake()

    def resend(self, event: str) -> None:
        """Send an event once more to every endpoint. Raises ApiError (404)."""
        with self._lock:
            identifier = self._store.get("event", event)["id"]
            for endpoint in self._store.all("webhook_endpoint"):
                self._store.queue(identifier, endpoint["id"])
            self._store.commit()
        self.wake()

    def settle(self, timeout: float = 10) -> None:
        """Wait until nothing is left to send. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while self._waiting():
            if time.monotonic() > deadline:
                raise TimeoutError("Webhooks are still waiting to be sent.")
            time.sleep(0.01)

    def _waiting(self) -> bool:
        with self._lock:
            return bool(self._store.sql("select 1 from deliveries where state = 'pending' limit 1"))

    def _run(self) -> None:
        while not self._closed:
            self._wake.clear()
            while not self._closed and self._send_next():
                pass
            self._wake.wait(self._pause())

    def _pause(self) -> float:
        """Seconds until the next one is due, or until somebody wakes us."""
        with self._lock:
            due = self._store.sql("select min(due) from deliveries where state = 'pending'")[0][0]
        return 1.0 if due is None or self._held else min(1.0, max(0.0, due - time.time()))

    def _send_next(self) -> bool:
        """Send one that is due, and tell whether there was one."""
        with self._lock:
            rows = self._store.sql(
                "select id, event, endpoint, attempts from deliveries where state = 'pending' and due <= ? "
                "order by place limit 1",
                time.time(),
            )
            if not rows or self._held:
                return False
            identifier, event_id, endpoint_id, attempts = rows[0]
            event, endpoint = self._store.get("event", event_id), self._store.find(endpoint_id)
            if endpoint is None or self._dropping:
                self._dropping -= endpoint is not None
                self._mark(identifier, event, "dropped", None)
                return True
            copies, self._copies = self._copies, 0
        status = _post(endpoint, event)
        for _copy in range(copies):
            _post(endpoint, event)
        with self._lock:
            self._note(identifier, event, attempts + 1, status)
        return True

    def _note(self, identifier: int, event: Json, attempts: int, status: int | None) -> None:
        if status is not None and 200 <= status < 300:
            self._mark(identifier, event, "sent", status)
        elif attempts > len(self._pauses):
            self._mark(identifier, event, "failed", status)
        else:
            self._store.sql(
                "update deliveries set attempts = ?, due = ?, status = ? where id = ?",
                attempts,
                time.time() + self._pauses[attempts - 1],
                status,
                identifier,
            )
            self._store.commit()

    def _mark(self, identifier: int, event: Json, state: str, status: int | None) -> None:
        statement = "update deliveries set state = ?, status = ?, attempts = attempts + 1 where id = ?"
        self._store.sql(statement, state, status, identifier)
        left = "select count(*) from deliveries where event = ? and state = 'pending'"
        event["pending_webhooks"] = self._store.sql(left, event["id"])[0][0]
        self._store.save(event)
        self._store.commit()


def signed(event: Json, secret: str, *, is_thin: bool = False) -> tuple[bytes, dict[str, str]]:
    """The body and the headers with which Stripe would send this event now."""
    body = json.dumps(thin(event) if is_thin else whole(event), indent=2)
    header = stripe.WebhookSignature.generate_signature_header(body, secret)
    return body.encode(), {"Content-Type": "application/json", "Stripe-Signature": header}


def _post(endpoint: Json, event: Json) -> int | None:
    """The status of the answer; None where there was none."""
    body, headers = signed(event, endpoint["_secret"], is_thin=endpoint["_is_thin"])
    try:
        with urlopen(Request(endpoint["url"], body, headers), timeout=TIMEOUT) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None
