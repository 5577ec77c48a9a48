"""What can be asked of the log, in the address of its page."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.audit.interface import Choices, Filters
from apps.core import actions


class FilterForm(forms.Form):
    """The filters. Days are those of the reader's zone, both included."""

    actor = forms.ChoiceField(label=_("Who"), required=False)
    action = forms.ChoiceField(label=_("What"), required=False)
    target = forms.UUIDField(label=_("To whom"), required=False, widget=forms.HiddenInput)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {action.name: str(action.label) for action in actions.declared()}
        asked = {self["action"].data} & set(labels)  # though nobody did it yet
        known = sorted((labels.get(name, name), name) for name in {*choices.actions, *asked})
        self.fields["actor"].choices = [  # type: ignore[attr-defined]
            ("", _("Anyone")),
            *((str(actor.id), actor.label) for actor in choices.actors),
        ]
        self.fields["action"].choices = [  # type: ignore[attr-defined]
            ("", _("Everything")),
            *((name, label) for label, name in known),
        ]

    def filters(self) -> Filters:
        """Return the valid ones of the filters; an invalid one is shown with its error and left out."""
        given = self.cleaned_data
        until = given.get("until")
        return Filters(
            actor_id=given.get("actor") or None,
            action=given.get("action") or "",
            target_id=given.get("target"),
            since=_start_of(given.get("since")),
            until=_start_of(until + timedelta(days=1) if until and until < date.max else None),
        )


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
