"""The forms of the radar. They shape what people type; the services decide."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.radar import selectors
from apps.radar.models import Competitor, Signal


class CompetitorForm(forms.ModelForm):  # type: ignore[type-arg]
    website = forms.URLField(
        label=_("Website"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )

    class Meta:
        model = Competitor
        fields = ["name", "website", "notes"]
        labels = {"name": _("Name"), "notes": _("Notes")}
        widgets = {"notes": forms.Textarea(attrs={"rows": 4})}

    @property
    def values(self) -> dict[str, Any]:
        """What a service needs: everything that was typed, or, of an existing row, what differs."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SignalForm(forms.ModelForm):  # type: ignore[type-arg]
    source_url = forms.URLField(
        label=_("Source address"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=_("Where it can be read."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    seen_at = forms.DateTimeField(
        label=_("Seen"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    class Meta:
        model = Signal
        fields = ["competitor", "title", "kind", "importance", "source_url", "seen_at"]
        labels = {
            "competitor": _("Competitor"),
            "title": _("Title"),
            "kind": _("Kind"),
            "importance": _("Importance"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["competitor"].queryset = selectors.competitors()  # type: ignore[attr-defined]
        # Browsers edit whole minutes; without this an untouched time would count as changed.
        seen_at = self.initial.get("seen_at") or timezone.now()
        self.initial["seen_at"] = seen_at.replace(second=0, microsecond=0)

    @property
    def values(self) -> dict[str, Any]:
        """What a service needs: everything that was typed, or, of an existing row, what differs."""
        names = self.fields if self.instance._state.adding else self.changed_data
        values = {name: self.cleaned_data[name] for name in names}
        if "competitor" in values:
            values["competitor_id"] = values.pop("competitor").id
        return values
