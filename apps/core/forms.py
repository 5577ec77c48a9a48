"""Form fields for what the database keeps in another way than people type it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from apps.core import money


class MoneyField(forms.DecimalField):
    """Typed as 12.50, kept as 1250."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", settings.CURRENCY)
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(max_digits=15, decimal_places=money.digits(), localize=True, **options)

    def prepare_value(self, value: Any) -> Any:
        return money.major(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        amount: Decimal | None = super().clean(value)
        return None if amount is None else money.minor(amount)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class MomentField(forms.DateTimeField):
    """A date and a time, in whole minutes, for that is what browsers edit."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether another minute was typed than the one that was shown."""
        if isinstance(initial, datetime):
            initial = initial.replace(second=0, microsecond=0)
        return super().has_changed(initial, data)


class DayField(forms.DateField):
    """A date, without a time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)
