"""The security headers of every answer."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware

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


class SecurityHeadersMiddleware(SecurityMiddleware):
    """Gives every answer Django's headers and ours, also those that are given before Django's own middleware is asked.

    Refuses browser features that we don't use, and keeps what is for one person out of caches, also after they left.
    A page with a form is for one person too: the address of some holds the secret of a mail.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        # What comes without a promise was answered before we knew whose host it is: it speaks for that one alone.
        self.sts_include_subdomains = self.sts_preload = False

    def process_request(self, request: HttpRequest) -> None:
        """Leave it to Django's own, which asks for the host, to lead to https."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        super().process_response(request, response)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Authorization" in request.headers or "Cookie" in response.get("Vary", ""):
            response.setdefault("Cache-Control", "private, no-store")
        if _ends_session(response):
            response.setdefault("Clear-Site-Data", '"cache"')
        return response


def _ends_session(response: HttpResponse) -> bool:
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie["max-age"] == 0
