"""The one place where a workspace that can only be read refuses changes."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.core import scope
from apps.core.http.errors import answer
from apps.entitlements.interface import Standing, entitlements
from apps.entitlements.read_only import is_open
from apps.entitlements.remedy import read_only

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


class ReadOnlyMiddleware:
    """Answers 402 to what would change something, save the routes that are kept open. Staff may go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        now, match = scope.current(), request.resolver_match
        if request.method in SAFE_METHODS or now.tenant_id is None or now.role == "platform":
            return None
        if match and is_open(match.view_name):
            return None
        if entitlements().get_facts(tenant_id=now.tenant_id).standing is not Standing.READ_ONLY:
            return None
        return answer(request, read_only(now.tenant_id))
