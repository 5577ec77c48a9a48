"""How much a request may carry."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from apps.core.errors import Invalid, TooLarge
from apps.core.http.errors import answer


class BodyLimitMiddleware:
    """Answers 413 to a body of more than `LARGEST_BODY` bytes, before anything reads it, and 400 to no number.

    Django limits forms but not files: whoever sends one, even to an address that takes none, would fill our disk.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)  # without it, Django reads no body
        except ValueError:
            return answer(request, Invalid())
        if length > settings.LARGEST_BODY:
            return answer(request, TooLarge())
        return self.get_response(request)
