"""The pages for errors that Django itself finds."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from apps.core.errors import ApplicationError, Invalid, NotFound, PermissionDenied
from apps.core.http.errors import answer, translate


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, translate(exception) or Invalid())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, PermissionDenied())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without our token: usually a page that stood open for long."""
    return render(request, "errors/csrf.html", {"request_id": getattr(request, "request_id", "")}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what no view caught: a dependency that is down, or a defect of ours.

    The pages need no database, and no context processors.
    """
    raised = sys.exc_info()[1]
    found = translate(raised) if isinstance(raised, Exception) else None
    if found is not None:
        return answer(request, found)
    request_id = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        error = ApplicationError("Something broke on our side. We have logged it.")
        error.code, error.status = "internal_error", 500
        return answer(request, error)
    return HttpResponse(render_to_string("errors/500.html", {"request_id": request_id}), status=500)
