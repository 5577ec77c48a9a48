"""Naming a browser from what it says about itself. It is a hint for its owner, never proof of anything."""

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
    browser, system = _find(BROWSERS, user_agent), _find(SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def is_phone(user_agent: str) -> bool:
    """Tell whether it looks like a phone or a tablet."""
    return _find(SYSTEMS, user_agent) in PHONES


def _find(names: dict[str, str], user_agent: str) -> str:
    return next((name for mark, name in names.items() if mark in user_agent), "")
