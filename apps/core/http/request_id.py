"""The request's id and trace: taken from the caller if they are plain, made here otherwise. The id is sent back."""

import re
from collections.abc import Callable
from secrets import token_hex

from django.http import HttpRequest, HttpResponseBase

from apps.core import scope
from apps.core.ids import new_id

HEADER = "X-Request-ID"
PLAIN = re.compile(r"[A-Za-z0-9-]{8,64}")
# https://www.w3.org/TR/trace-context/#traceparent-header
TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class RequestIdMiddleware:
    """Opens the scope of the request, with its id and trace; and closes it, so that nothing of it lives on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if PLAIN.fullmatch(given) else new_id().hex
        trace = request.headers.get("traceparent", "")
        nobody = scope.Scope(
            actor=scope.Actor(kind="anonymous"),
            request_id=request_id,
            trace=trace if TRACE.fullmatch(trace) else f"00-{token_hex(16)}-{token_hex(8)}-01",
        )
        request.request_id = request_id  # type: ignore[attr-defined]
        with scope.activate(nobody):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response
