"""Browsers that a person has logged in with. Each remembers for whom in a signed cookie, which opens nothing."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

SALT = "apps.accounts.known_devices"
REMEMBERED_FOR = timedelta(days=400)  # as long as browsers keep any cookie
MOST_PEOPLE = 10


def is_known(request: HttpRequest, user_id: UUID) -> bool:
    """Tell whether a person has logged in with this browser before."""
    return user_id.hex in _people(request)


def remember(request: HttpRequest, response: HttpResponseBase, user_id: UUID) -> None:
    """Have the browser remember that the person logged in with it."""
    others = [person for person in _people(request) if person != user_id.hex]
    response.set_signed_cookie(
        settings.KNOWN_DEVICE_COOKIE_NAME,
        ".".join([*others, user_id.hex][-MOST_PEOPLE:]),
        salt=SALT,
        max_age=REMEMBERED_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[str]:
    kept = request.get_signed_cookie(settings.KNOWN_DEVICE_COOKIE_NAME, default="", salt=SALT)
    return kept.split(".") if kept else []
