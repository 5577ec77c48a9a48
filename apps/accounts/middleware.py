"""What every request of a signed-in person needs: an end of their session, their language, a note that they came."""

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from apps.accounts.tokens.tokens import ABSOLUTE_LIFETIME
from apps.core import clock, scope, step_up

SEEN_KEY = "seen_at"
SEEN_IS_NOTED_EVERY = 300  # seconds


class SessionAgeMiddleware:
    """Ends a browser's session some months after its person last showed who they are, however much it is used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            shown = step_up.noted(request.session)
            if shown and clock.now() - shown > ABSOLUTE_LIFETIME:  # as apps' sign-ins
                logout(request)
        return self.get_response(request)


class PreferencesMiddleware:
    """Speaks the person's language and shows times in their zone. Visitors get the browser's and UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/api/") or not request.user.is_authenticated:
            return self.get_response(request)
        with translation.override(request.user.language), timezone.override(_zone(request.user.time_zone)):
            return self.get_response(request)


class LastSeenMiddleware:
    """Notes every few minutes where a session is used. allauth's own would write at each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.session.session_key and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get(SEEN_KEY, 0) >= SEEN_IS_NOTED_EVERY:
                request.session[SEEN_KEY] = now
                with scope.use(read_only=False):  # it is about who asks, whatever they may do here
                    UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
