"""Where messages wait for the next page."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, in a cookie that no other host can set. It needs HTTPS."""

    cookie_name = "__Host-messages"


class HostStorage(FallbackStorage):
    """In the cookie, and what does not fit in the session."""

    storage_classes = (HostCookieStorage, SessionStorage)
