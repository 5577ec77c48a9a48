"""Programs come by https, or not at all."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError
from apps.core.http.errors import answer

PROGRAMS = re.compile(r"/api/(v1|auth)/")


class HttpsRequired(ApplicationError):
    """The request came in clear."""

    code = "https_required"
    status = 403
    message = _("Use https. What you sent could be read on its way: replace the key or token.")


class HttpsMiddleware:
    """Refuses programs that come by http, where Django leads browsers to https.

    A program that is led there goes on sending its key in clear, each time anew, and nobody notices.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and PROGRAMS.match(request.path):
            return answer(request, HttpsRequired())
        return self.get_response(request)
