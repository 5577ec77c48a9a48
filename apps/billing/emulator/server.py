"""HTTP: the API that the real SDK talks to, and the page where a customer pays."""

import json
import re
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe

from apps.billing.emulator import api, billing
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json, Store

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Pay with a test card</title><style>:root{{color-scheme:light dark;font:16px/1.5 system-ui}}
body{{max-width:26rem;margin:3rem auto;padding:0 1rem}}input,button{{font:inherit;width:100%;box-sizing:border-box;
padding:.6rem;margin:.4rem 0}}</style><h1>Pay with a test card</h1><p role="alert">{problem}</p>
<form method="post"><label>Card number<input name="number" value="{number}" inputmode="numeric"></label>
{confirm}<button>Pay</button></form>"""


class Emulator:
    """A running emulator. Its clock stands still until `advance` moves it."""

    def __init__(self, port: int = 0, file: str = ":memory:", secret: str = "whsec_emulator") -> None:  # noqa: S107
        self.store, self.lock, self.secret = Store(file), RLock(), secret
        self.failures: list[int] = []
        handler = type("Handler", (_Handler,), {"emulator": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.store.close()

    @property
    def now(self) -> int:
        with self.lock:
            return self.store.now

    def advance(self, *, to: int) -> None:
        """Let time pass; what falls due on the way happens in order."""
        with self.lock:
            billing.advance(self.store, to)
            self.store.commit()

    def fail_next(self, *statuses: int) -> None:
        """Answer the next calls with these statuses, such as 500 or 429, and do nothing else."""
        self.failures.extend(statuses)

    def events(self) -> list[Json]:
        """The oldest first."""
        with self.lock:
            return self.store.all("event")[::-1]

    def pay(self, session: str, number: str = "4242424242424242", *, confirmed: bool = False) -> Json:
        """What the checkout page does. Raises ApiError if the card is refused."""
        with self.lock:
            try:
                done = api.complete(self.store, session, number, confirmed)
                self.store.commit()
            except BaseException:
                self.store.rollback()
                raise
        return done

    def webhook(self, event: Json) -> tuple[bytes, dict[str, str]]:
        """The body and the headers with which Stripe would send this event."""
        body = json.dumps(event, indent=2)
        header = stripe.WebhookSignature.generate_signature_header(body, self.secret)
        return body.encode(), {"Content-Type": "application/json", "Stripe-Signature": header}


class _Handler(BaseHTTPRequestHandler):
    emulator: Emulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(self.path)
        if url.path.startswith("/checkout/"):
            self._checkout(url.path.rsplit("/", 1)[1], dict(parse_qsl(body)))
            return
        status, answer = self._call(url.path, nested(url.query if self.command == "GET" else body))
        self._answer(status, json.dumps(billing.shown(answer)), "application/json")

    def _call(self, path: str, params: Json) -> tuple[int, Json]:
        emulator, store = self.emulator, self.emulator.store
        key, request = self.headers.get("Idempotency-Key"), json.dumps([self.command, path, params])
        with emulator.lock:
            if emulator.failures:
                status = emulator.failures.pop(0)
                return status, ApiError(status, "The emulator was told to fail.", "api_error").body
            try:
                if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
                    raise ApiError(401, "You did not provide a test key, such as sk_test_emulator.")
                if key and (known := store.answer(key)):
                    if known[0] != request:
                        message = "Keys for idempotent requests can only be used with the same parameters."
                        raise ApiError(400, message, "idempotency_error")
                    return known[1:]
                call, named = api.find(self.command, path)
                answer = call(store, params | {"_base": emulator.url}, **named)
                for field in params.get("expand", []):
                    _expand(store, answer, field.split("."))
                if key:
                    store.remember(key, request, 200, answer)
                store.commit()
                return 200, answer
            except ApiError as error:
                store.rollback()
                return error.status, error.body

    def _checkout(self, session: str, form: dict[str, str]) -> None:
        problem, confirm = "", ""
        if self.command == "POST":
            try:
                number = form.get("number", "").replace(" ", "")
                done = self.emulator.pay(session, number, confirmed="confirmed" in form)
                target = (done["success_url"] or "/").replace("{CHECKOUT_SESSION_ID}", session)
                self._answer(303, "", "text/html", Location=target)
                return
            except ApiError as error:
                problem = str(error)
                if error.body["error"].get("code") == "authentication_required":
                    confirm = '<input type="hidden" name="confirmed" value="yes">'
        number = escape(form.get("number", "4242424242424242"))
        page = PAGE.format(problem=escape(problem), number=number, confirm=confirm)
        self._answer(402 if problem else 200, page, "text/html; charset=utf-8")

    def _answer(self, status: int, body: str, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in (
            {"Content-Type": kind, "Content-Length": str(len(body.encode()))} | headers
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())


def nested(text: str) -> Json:
    """What a form of Stripe's says: `items[0][price]=x` is {"items": [{"price": "x"}]}."""
    found: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, key = found, first
        for part in rest:
            place, key = place.setdefault(key, {}), part
        place[key] = value
    result: Json = _with_lists(found)
    return result


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_with_lists(part) for part in value.values()]
    return {name: _with_lists(part) for name, part in value.items()}


def _expand(store: Store, thing: Any, path: list[str]) -> None:
    if isinstance(thing, list):
        for part in thing:
            _expand(store, part, path)
    elif isinstance(thing, dict) and path[0] in thing:
        kinds = {"latest_invoice": "invoice", "default_payment_method": "payment_method"}
        name = path[0]
        if isinstance(thing[name], str):
            thing[name] = store.get(kinds.get(name, name), thing[name])
        if path[1:]:
            _expand(store, thing[name], path[1:])
