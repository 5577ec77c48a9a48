"""/healthz and /readyz, answered before anything else: probes come by address and not by our host's name."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from redis.exceptions import RedisError

from apps.core.db import readiness
from apps.core.errors import ApplicationError


class HealthMiddleware:
    """Answers whether the process is well (/healthz), and whether it can serve (/readyz)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        match request.path:
            case "/healthz":
                return _uncached({"status": "ok"}, 200)
            case "/readyz":
                return readyz()
        return self.get_response(request)


def readyz() -> JsonResponse:
    """Say whether requests can be served: database, its role, Valkey, migrations.

    503 if not; `degraded` if something is away that requests can do without, so that no server is taken out for it.
    """
    checks = {name: _outcome(check) for name, check in readiness.CHECKS.items()}
    failed = {name for name, outcome in checks.items() if outcome != "ok"}
    if failed - readiness.DISPENSABLE:
        return _uncached({"status": "unavailable", "checks": checks}, 503)
    return _uncached({"status": "degraded" if failed else "ok", "checks": checks}, 200)


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, RedisError, ImproperlyConfigured, ApplicationError) as error:
        return f"failed: {type(error).__name__}"
    return "ok"


def _uncached(body: dict[str, Any], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
