"""The one place where an error becomes an answer: a page for a person, a problem document for a program."""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import TimeoutError as ValkeyTimeoutError

from apps.core import permissions, refusals, scope
from apps.core.errors import (
    ApplicationError,
    Invalid,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    TooLarge,
    Unavailable,
)
from apps.core.step_up import StepUpRequired
from apps.core.support import SupportOnlyLooks

log = structlog.get_logger()

PAGES = {
    400: "errors/400.html",
    401: "errors/403.html",
    403: "errors/403.html",
    404: "errors/404.html",
    413: "errors/413.html",
    429: "errors/429.html",
}
RETRY_AFTER = 30  # seconds
UNAVAILABLE = (OperationalError, InterfaceError, ValkeyConnectionError, ValkeyTimeoutError)


def translate(error: Exception) -> ApplicationError | None:
    """Return the application error that an exception stands for, or None if it is a defect of ours."""
    match error:
        case ApplicationError():
            return error if error.status < 500 or isinstance(error, Unavailable) else None
        case Http404():
            return NotFound()
        case DjangoPermissionDenied():
            return PermissionDenied()
        case RequestDataTooBig():
            return TooLarge()
        case BadRequest() | TooManyFieldsSent():
            return Invalid(str(error) or None)
        case InternalError() if scope.current().read_only and isinstance(
            error.__cause__, ReadOnlySqlTransaction
        ):
            return SupportOnlyLooks()
        case _ if isinstance(error, UNAVAILABLE):
            return Unavailable()
    return None


class ErrorMiddleware:
    """Answers an `ApplicationError` that a view or a later middleware raised."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        found = translate(error)
        if found is None:
            return None
        return answer(request, found)


def answer(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """Return the response for an error: a problem document under /api/, else a page."""
    refusals.tell(request, error)
    if error.status >= 500:
        log.error("request.unavailable", code=error.code, exc_info=error)
    if request.path.startswith("/api/"):
        response: HttpResponse = problem(request, error)
    elif isinstance(error, StepUpRequired):
        response = _to_step_up(request)
    elif isinstance(error, NotAuthenticated):
        response = redirect_to_login(request.get_full_path())
    else:
        response = page(request, error)
    if error.status == 503:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


def _to_step_up(request: HttpRequest) -> HttpResponse:
    """Lead a browser to where it is asked, and from there back to the page that it shows now."""
    is_htmx = "HX-Request" in request.headers
    shown = request.headers.get("HX-Current-URL" if is_htmx else "Referer", "")
    back = request.get_full_path() if request.method == "GET" and not is_htmx else _own_path(request, shown)
    response = redirect_to_login(back, login_url=resolve_url(settings.STEP_UP_URL))
    if is_htmx:  # which would put the page that a redirect leads to into the middle of this one
        return HttpResponse(status=204, headers={"HX-Redirect": response.url})
    return response


def _own_path(request: HttpRequest, address: str) -> str:
    """Return the path of one of our own addresses, and that of the home page for any other."""
    parts = urlsplit(address)
    if parts.netloc != request.get_host():
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return parts._replace(scheme="", netloc="").geturl()


def page(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """Return the error page."""
    lacks_permission = isinstance(error, PermissionDenied)
    context = {
        "error": error,
        "request_id": getattr(request, "request_id", ""),
        "grantors": permissions.grantors() if lacks_permission else [],
        "ask_workspace": _workspace_to_ask(request, error),
    }
    template = error.page or PAGES.get(
        error.status, "errors/503.html" if error.status >= 500 else "errors/400.html"
    )
    return render(request, template, context, status=error.status)


def _workspace_to_ask(request: HttpRequest, error: ApplicationError) -> str:
    """Return the slug of the workspace where a member may ask for the permission they lack."""
    missing = error.permission if isinstance(error, PermissionDenied) else ""
    if missing not in permissions.delegable() or scope.current().actor.kind != "person":
        return ""
    match = request.resolver_match
    return str(match.kwargs.get("workspace", "")) if match and scope.current().tenant_id else ""


def problem(request: HttpRequest, error: ApplicationError) -> JsonResponse:
    """Return the problem document (RFC 9457)."""
    response = JsonResponse(document(request, error), status=error.status)
    response["Content-Type"] = "application/problem+json"
    if error.status == 401:
        response["WWW-Authenticate"] = getattr(error, "challenge", NotAuthenticated.challenge)
    return response


def document(request: HttpRequest, error: ApplicationError) -> dict[str, object]:
    """Return the problem document's members. `errors` names the fields, `permission` what is missing.

    `remedy_url` is where a person can mend it.
    """
    members: dict[str, object] = {
        "type": f"urn:{settings.PRODUCT_SLUG}:problem:{error.code}",
        "title": str(error.message),
        "status": error.status,
        "code": error.code,
        "request_id": getattr(request, "request_id", ""),
    }
    if error.fields:
        members["errors"] = error.fields
    if isinstance(error, PermissionDenied) and error.permission:
        members["permission"] = error.permission
    if error.remedy_url:
        members["remedy_url"] = error.remedy_url
    return members
