"""Security headers that Django does not send."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's, which would put together anew for each answer what nearly all have in common."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self._usual = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or any(name.startswith("_csp") for name in (*vars(request), *vars(response))):
            return super().process_response(request, response)
        response.setdefault(HEADER, self._usual)
        return response


class SecurityHeadersMiddleware:
    """Refuses browser features that we don't use, and keeps what is for one person out of caches, also after they left.

    A page with a form is for one person too: the address of some holds the secret of a mail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Authorization" in request.headers or "Cookie" in response.get("Vary", ""):
            response.setdefault("Cache-Control", "private, no-store")
        if _ends_session(response):
            response.setdefault("Clear-Site-Data", '"cache"')
        return response


def _ends_session(response: HttpResponseBase) -> bool:
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie["max-age"] == 0
