"""HTTP: the API that the real SDK talks to, and the pages."""

import json
import secrets
import traceback
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from apps.billing.emulator import pages, resources
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.params import nested
from apps.billing.emulator.routing import answer
from apps.billing.emulator.shapes import whole
from apps.billing.emulator.store import Json, Store

if TYPE_CHECKING:
    from apps.billing.emulator.emulator import Emulator

assert resources.__all__  # importing them registers the calls they answer


class Handler(BaseHTTPRequestHandler):
    emulator: "Emulator"
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for head and body: two would each wait for the other's receipt

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
        if url.path.startswith(("/v1/", "/v2/")):
            self._call(url.path, body if self.command == "POST" else url.query)
        else:
            form = dict(parse_qsl(url.query) + parse_qsl(body))
            status, text, headers = pages.answer(self.emulator, self.command, url.path, form)
            self._answer(status, text, {"Content-Type": "text/html; charset=utf-8"} | headers)

    def _call(self, path: str, given: str) -> None:
        emulator = self.emulator
        fault = emulator.faults.pop(0) if emulator.faults else None
        if fault == "timeout":
            self.close_connection = True
            return
        if isinstance(fault, int):
            status, found = fault, ApiError(fault, "The emulator was told to fail.", "api_error").body
        else:
            status, found = self._answered(path, given)
            emulator.sender.wake()
        if fault == "lost":
            self.close_connection = True
            return
        headers = {"Content-Type": "application/json", "Request-Id": f"req_{secrets.token_hex(7)}"}
        headers["Emulator-Ahead"] = str(emulator.ahead)
        self._answer(status, json.dumps(whole(found)), headers)

    def _answered(self, path: str, given: str) -> tuple[int, Json]:
        """Answer a call, or as before if its idempotency key is known."""
        emulator, store = self.emulator, self.emulator.store
        key, request = self.headers.get("Idempotency-Key"), json.dumps([self.command, path, given])
        with emulator.lock:
            try:
                self._check_key()
                if key and (known := store.answer(key)):
                    if known[0] != request:
                        message = "Keys for idempotent requests can only be used with the same parameters."
                        raise ApiError(400, message, "idempotency_error")
                    return known[1:]
                store.request, store.idempotency_key = f"req_{secrets.token_hex(7)}", key
                status, found = self._done(path, given)
                if key and self.command == "POST" and status in (200, 402):
                    store.remember(key, request, status, found)
                store.commit()
                return status, found
            except ApiError as error:
                return error.status, error.body

    def _check_key(self) -> None:
        if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            raise ApiError(401, "You did not provide a test key, such as sk_test_emulator.")

    def _done(self, path: str, given: str) -> tuple[int, Json]:
        """Carry a call out: all of it or, on an error, nothing but what a bank's refusal leaves."""
        store = self.emulator.store
        try:
            params = nested(given)
            found = answer(store, self.command, path, params)
            for field in params.get("expand", []):
                _expand(store, found, field.split("."))
            return 200, found
        except ApiError as error:
            if not error.keeps:
                store.rollback()
            return error.status, error.body
        except Exception as error:
            store.rollback()
            traceback.print_exc()
            return 500, ApiError(500, f"The emulator itself failed, with {error!r}.", "api_error").body

    def _answer(self, status: int, text: str, headers: dict[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _expand(store: Store, thing: Any, path: list[str]) -> None:
    """Put objects in the place of their ids."""
    if isinstance(thing, list):
        for part in thing:
            _expand(store, part, path)
    elif isinstance(thing, dict) and path and path[0] in thing:
        name, *rest = path
        if isinstance(thing[name], str):
            thing[name] = store.find(thing[name]) or thing[name]
        elif isinstance(thing[name], list):
            found = [store.find(part) if isinstance(part, str) else part for part in thing[name]]
            thing[name] = found
        _expand(store, thing[name], rest)
