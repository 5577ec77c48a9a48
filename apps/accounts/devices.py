"""Naming a browser or an app from what it says about itself. It is a hint for its owner, never proof of anything."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

# The first that matches: most browsers also claim to be the later ones.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
PHONES = {"iPhone", "iPad", "Android"}


def describe(user_agent: str) -> str:
    """Return “Firefox on Linux”, or what is known of it."""
    return _named(_find(BROWSERS, user_agent), user_agent)


def describe_app(user_agent: str) -> str:
    """Return “Acme on iPhone”, or what is known of an app. Apps say their own name first."""
    name = user_agent.partition("/")[0].strip()
    return describe(user_agent) if name == "Mozilla" else _named(name[:40], user_agent)


def device_of(request: HttpRequest) -> str:
    """Return what is known of the browser or app that sends a request."""
    return describe_app(request.headers.get("User-Agent", "")[:200])


def is_phone(user_agent: str) -> bool:
    """Tell whether it looks like a phone or a tablet."""
    return _find(SYSTEMS, user_agent) in PHONES


def _named(program: str, user_agent: str) -> str:
    system = _find(SYSTEMS, user_agent)
    if program and system:
        return _("%(browser)s on %(system)s") % {"browser": program, "system": system}
    return program or system or _("Unknown device")


def _find(names: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
