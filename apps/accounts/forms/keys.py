"""The forms of an API key."""

from datetime import timedelta
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey
from apps.core import permissions, scope
from apps.core.http.forms import by_module
from apps.core.http.ranges import RangesField
from apps.core.permissions import OWNER

MYSELF = "myself"
LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year"))]
OVERLAPS = [("0", _("Not at all")), ("1", _("1 hour")), ("24", _("1 day")), ("168", _("7 days"))]


class LifetimeField(forms.ChoiceField):
    """How long a key lasts. Its value is a timedelta."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Runs out after"), choices=LIFETIMES, initial="90", **kwargs)

    def clean(self, value: Any) -> timedelta:
        return timedelta(days=int(super().clean(value)))


class KeyChangeForm(forms.Form):
    """Name and limits of a key."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for, such as “Nightly import”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Narrow it to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what the program needs. With nothing ticked, the key isn't narrowed."),
    )
    ranges = RangesField(
        label=_("Network addresses"),
        help_text=_("Where it may be used from, such as 192.0.2.0/24; one a line. Empty: from anywhere."),
    )

    def __init__(self, *args: Any, key: ApiKey | None = None, **kwargs: Any) -> None:
        if key:
            kwargs["initial"] = {"name": key.name, "scopes": key.scopes or [], "ranges": key.ranges}
        super().__init__(*args, **kwargs)
        # What the key has stays on the list, though the person may not do it themselves.
        offered = scope.current().permissions.union(key.scopes or [] if key else [])
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (found.name, found.label) for found in permissions.declared() if found.name in offered
        ]

    def groups(self) -> dict[str, list[BoundWidget]]:
        """Return the check boxes of `scopes`, by module."""
        return by_module(self["scopes"])


class KeyForm(KeyChangeForm):
    """A new key: also whom it acts as, and how long it lasts."""

    role = forms.ChoiceField(
        label=_("Acts as"),
        help_text=_("A role is for programs of the workspace. As yourself, it ends when you leave."),
    )
    lifetime = LifetimeField()
    field_order = ("name", "role", "lifetime", "scopes", "ranges")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles()  # type: ignore[attr-defined]
        self.fields["role"].initial = "viewer"

    def clean_role(self) -> str:
        return "" if self.cleaned_data["role"] == MYSELF else self.cleaned_data["role"]


class KeyRotateForm(forms.Form):
    """A new secret: how long it lasts, and for how long the present one works beside it."""

    lifetime = LifetimeField()
    overlap = forms.ChoiceField(
        label=_("The present secret goes on working for"),
        choices=OVERLAPS,
        initial="24",
        help_text=_("Time to put the new one wherever the present one is used."),
    )

    def clean_overlap(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))


def roles() -> list[tuple[str, Any]]:
    """Return whom the actor in scope may make keys for: themselves, and roles that can do no more than they can."""
    mine = [(MYSELF, _("Myself, with what I may do"))] if permissions.allows("keys.own") else []
    if not permissions.allows("keys.manage"):
        return mine
    return mine + [(role.key, role.name) for role in permissions.grantable() if role.key != OWNER]
