"""The request's id: taken from the caller if it is plain, made here otherwise, and sent back."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from apps.core import scope
from apps.core.ids import new_id

HEADER = "X-Request-ID"
PLAIN = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestIdMiddleware:
    """Opens the scope of the request, with its id; and closes it, so that nothing of it outlives the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if PLAIN.fullmatch(given) else new_id().hex
        nobody = scope.Scope(actor=scope.Actor(kind="anonymous"), request_id=request_id)
        request.request_id = request_id  # type: ignore[attr-defined]
        with scope.activate(nobody):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response
