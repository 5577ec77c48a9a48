"""The pages for errors that Django itself finds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
