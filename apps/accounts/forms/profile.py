"""The form about oneself."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User

# Names of no place, kept in the database for old software.
HIDDEN_REGIONS = {"Etc", "SystemV", "US", "posix", "right"}


class ProfileForm(forms.Form):
    """Name, time zone, language and theme; the service checks them."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Dates and times are shown in it."))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=User.Theme.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = zone_choices()  # type: ignore[attr-defined]


@cache
def zone_choices() -> list[tuple[str, Any]]:
    """Return the time zones for a select: UTC, then the cities by continent."""
    by_region: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, separator, place = name.partition("/")
        if separator and region not in HIDDEN_REGIONS:
            by_region.setdefault(region, []).append((name, place.replace("_", " ")))
    return [("UTC", "UTC"), *by_region.items()]
