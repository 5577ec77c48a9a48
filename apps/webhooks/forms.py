"""What people enter about webhooks."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import webhook_events
from apps.core.forms import MomentField


class EndpointForm(forms.Form):
    """An endpoint. `values` is what the service takes."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://hooks.example.com/in", "autocomplete": "off"}
        ),
        help_text=_("Where we send events with POST. It must begin with https://."),
    )
    description = forms.CharField(
        label=_("Description"), max_length=120, required=False, help_text=_("What it is for.")
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=lambda: event_choices(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one or more of the events.")},
    )

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned_data


class ReplayForm(forms.Form):
    """Of which time failed deliveries are sent again."""

    since = MomentField(label=_("Failed since"))
    until = MomentField(label=_("Until"), required=False, help_text=_("Empty: up to now."))


def event_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the names of the events by the group they belong to, each with what to call it."""
    by_group = groupby(webhook_events.declared(), key=lambda kind: str(kind.group))
    return [
        (group, [(kind.name, f"{kind.label} · {kind.name}") for kind in kinds]) for group, kinds in by_group
    ]
