"""The tabs that the pages about people share."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _


def member_tabs(workspace: str, current: str) -> list[dict[str, Any]]:
    """Return the tabs that the actor in scope may open."""
    tabs = {"members": _("People"), "roles": _("Roles")}
    return [
        {
            "label": label,
            "url": reverse(f"tenancy:{name}", args=[workspace]),
            "current": name == current,
        }
        for name, label in tabs.items()
    ]
