"""The form about how one wants to be told."""

from typing import Any

from django import forms

from apps.core import notices
from apps.core.notices import Channel


class PreferencesForm(forms.Form):
    """A choice for each kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in notices.declared():
            self.fields[kind.name] = forms.ChoiceField(label=kind.label, choices=Channel.choices)
