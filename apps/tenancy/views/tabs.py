"""The tabs that the pages about people share."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core import permissions
from apps.tenancy.requests import open_requests

#: How many people, invitations or requests a page shows.
PAGE_SIZE = 50


def member_tabs(workspace: str, current: str) -> list[dict[str, Any]]:
    """Return the tabs that the actor in scope may open."""
    tabs = [("members", _("People"), 0), ("roles", _("Roles"), 0)]
    if permissions.allows("members.manage"):
        tabs.append(("requests", _("Requests"), open_requests().count()))
    if permissions.allows("domains.manage"):
        tabs.append(("domains", _("Domains"), 0))
    return [
        {
            "label": label,
            "url": reverse(f"tenancy:{name}", args=[workspace]),
            "current": name == current,
            "count": count,
        }
        for name, label, count in tabs
    ]
