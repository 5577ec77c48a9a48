"""Pages that belong to no module: errors, and whether the process is well."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from apps.core.db import readiness
from apps.core.errors import ApplicationError, Invalid, NotFound, PermissionDenied
from apps.core.http.errors import answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Invalid())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without our token: usually a page that stood open for long."""
    return render(request, "errors/csrf.html", {"request_id": getattr(request, "request_id", "")}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a defect of ours, without the database and without context processors."""
    request_id = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        error = ApplicationError("Something broke on our side. We have logged it.")
        error.code, error.status = "internal_error", 500
        return answer(request, error)
    return HttpResponse(render_static("errors/500.html", request_id), status=500)


def render_static(template: str, request_id: str) -> str:
    from django.template.loader import render_to_string

    return render_to_string(template, {"request_id": request_id})


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: database, its role, Valkey, migrations. 503 names what is missing."""
    checks: dict[str, Any] = {name: _outcome(check) for name, check in readiness.CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    body = {"status": "ok" if ready else "unavailable", "checks": checks}
    return JsonResponse(body, status=200 if ready else 503)


def _outcome(check: Any) -> str:
    try:
        check()
    except (DatabaseError, RedisError, ImproperlyConfigured, ApplicationError) as error:
        return f"failed: {type(error).__name__}"
    return "ok"
