"""The application as WSGI servers call it."""

from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset it names.

    Django decodes the address with that charset before any middleware runs, and Python knows some (base64, undefined)
    that are none: anybody could cause an error that nothing answers.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Application(WSGIHandler):
    """Django's WSGI application, with our requests."""

    request_class = Utf8Request


def application() -> Application:
    """Set Django up and return the application."""
    django.setup(set_prefix=False)
    return Application()
