"""What every request of a signed-in person needs: their language, their time zone, a note that they came."""

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

SEEN_KEY = "seen_at"
SEEN_IS_NOTED_EVERY = 300  # seconds


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
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
