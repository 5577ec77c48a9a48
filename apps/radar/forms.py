"""The forms of the radar. They shape what people type; the services decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import permissions
from apps.radar import selectors
from apps.radar.attribute_fields import AttributeField
from apps.radar.models import Attribute, Competitor, Import, Signal
from apps.radar.selectors.attributes import attributes
from apps.radar.services.imports import columns


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
        choose = _("Choose…")
        self.fields["competitor"].empty_label = choose  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", choose), *Signal.Kind.choices]  # type: ignore[attr-defined]
        # Browsers edit whole minutes; without this an untouched time would count as changed.
        seen_at = self.initial.get("seen_at") or timezone.now()
        self.initial["seen_at"] = seen_at.replace(second=0, microsecond=0)
        for attribute in attributes():
            self.fields[f"attr.{attribute.slug}"] = AttributeField(attribute=attribute)
            self.initial[f"attr.{attribute.slug}"] = self.instance.attributes.get(str(attribute.id))

    @property
    def attribute_fields(self) -> list[forms.BoundField]:
        """The fields of the workspace's own making."""
        return [self[name] for name in self.fields if name.startswith("attr.")]

    @property
    def values(self) -> dict[str, Any]:
        """What a service needs: everything that was typed, or, of an existing row, what differs."""
        names = self.fields if self.instance._state.adding else self.changed_data
        values = {name: self.cleaned_data[name] for name in names}
        if "competitor" in values:
            values["competitor_id"] = values.pop("competitor").id
        own = [name for name in values if name.startswith("attr.")]
        return values | {"attributes": {name.removeprefix("attr."): values.pop(name) for name in own}}


class SavedFilterForm(forms.Form):
    """A filter's name and who has it; sharing is offered to those who may."""

    name = forms.CharField(label=_("Name"), max_length=60)
    is_shared = forms.BooleanField(label=_("Share it with everybody in the workspace"), required=False)
    is_default = forms.BooleanField(
        label=_("Open the list with it"),
        help_text=_("For you; a shared one for everybody who has none of their own."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not permissions.allows("radar.share"):
            del self.fields["is_shared"]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, up to 20 MB and 100,000 rows. The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        allow_empty_file=True,  # the service says so
    )


class ImportForm(forms.Form):
    """What the columns of a file hold, and how to take its rows."""

    dates = forms.ChoiceField(label=_("Dates look like"), choices=Import.Dates.choices)
    adds_competitors = forms.BooleanField(
        label=_("Add competitors that are not on the radar yet"), required=False
    )
    skips_duplicates = forms.BooleanField(
        label=_("Leave out rows that are there already"),
        help_text=_("Same competitor, title and day."),
        required=False,
    )

    def __init__(self, data: Any = None, *, import_file: Import, known: Iterable[Attribute]) -> None:
        options = ("dates", "adds_competitors", "skips_duplicates")
        initial = import_file.columns | {name: getattr(import_file, name) for name in options}
        super().__init__(data, initial=initial)
        named = list(enumerate(columns.labels(import_file.header)))
        self.holders = columns.fields(known)
        for name, (label, required, _known) in self.holders.items():
            first = (("", _("Choose a column") if required else _("Not in the file")),)
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=(*first, *named), coerce=int, empty_value=None, required=required
            )
        self.order_fields([*self.holders, *options])

    @property
    def attribute_fields(self) -> list[forms.BoundField]:
        """The fields of the workspace's own making."""
        return [self[name] for name in self.holders if name.startswith("attr.")]

    @property
    def values(self) -> dict[str, Any]:
        """What the service needs."""
        chosen = {name: self.cleaned_data[name] for name in self.holders}
        options = {name: value for name, value in self.cleaned_data.items() if name not in self.holders}
        return options | {"columns": {name: at for name, at in chosen.items() if at is not None}}


class AttributeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=Attribute.Kind.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=5000,
        help_text=_("For the kind “Choice”: one on each line."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    @property
    def values(self) -> dict[str, Any]:
        """What a service needs."""
        return {**self.cleaned_data, "choices": self.cleaned_data["choices"].splitlines()}
