"""The form of an API key."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import permissions
from apps.core.permissions import OWNER

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year"))]


class KeyForm(forms.Form):
    """Name, role and lifetime of a new key. `cleaned_data["lifetime"]` is a timedelta."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for, such as “Nightly import”.")
    )
    role = forms.ChoiceField(label=_("Role"), help_text=_("It may do what members with this role may do."))
    lifetime = forms.ChoiceField(label=_("Runs out after"), choices=LIFETIMES, initial="90")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles()  # type: ignore[attr-defined]
        self.fields["role"].initial = "viewer"

    def clean_lifetime(self) -> timedelta:
        return timedelta(days=int(self.cleaned_data["lifetime"]))


def roles() -> list[tuple[str, Any]]:
    """Return the roles that the actor in scope may give to a key: none that can do more than they can."""
    return [(role.key, role.name) for role in permissions.grantable() if role.key != OWNER]
