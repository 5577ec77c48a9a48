"""The pages of what a workspace pays for."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _


def section_tabs(workspace: str, current: str) -> list[dict[str, Any]]:
    """Return the tabs that lead from one page to the other. `current` is the route's name."""
    labels = {"overview": _("Plan"), "usage": _("Usage")}
    return [
        {"label": label, "url": reverse(f"billing:{name}", args=[workspace]), "current": name == current}
        for name, label in labels.items()
    ]
