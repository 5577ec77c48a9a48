"""What lists can be narrowed to and ordered by: in the address of a page, and of the API."""

from datetime import date, datetime, time
from typing import Any, ClassVar

import django_filters as filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.db.search import narrow, words
from apps.core.filters import ListFilter
from apps.radar import selectors
from apps.radar.attribute_fields import AttributeFilter, attribute_filters, attribute_orders
from apps.radar.models import Attribute, Signal
from apps.radar.selectors.attributes import attributes, by_attribute, having

#: How many attributes are columns of the list.
COLUMNS = 3


class CompetitorFilter(ListFilter):
    """Filters of the competitors."""

    ORDERS: ClassVar = {
        "name": ("name", "id"),
        "-name": ("-name", "-id"),
        "-created_at": ("-created_at", "-id"),
        "created_at": ("created_at", "id"),
    }
    search = filters.CharFilter(
        method="matching",
        max_length=120,
        help_text=_("Words of the name or the notes; the last one may be unfinished."),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Search competitors")}),
    )
    sort = filters.ChoiceFilter(
        method="in_order",
        empty_label=None,
        label=_("Order"),
        choices=[
            ("name", _("Name, A to Z")),
            ("-name", _("Name, Z to A")),
            ("-created_at", _("Newest first")),
            ("created_at", _("Oldest first")),
        ],
    )


class SignalFilter(ListFilter):
    """Filters of the signals, and of the attributes that the workspace made for them."""

    ORDERS: ClassVar = {
        "-seen_at": ("-seen_at", "-id"),
        "seen_at": ("seen_at", "id"),
        "-importance": ("-importance", "-seen_at", "-id"),
        "importance": ("importance", "seen_at", "id"),
        "title": ("title", "id"),
        "-title": ("-title", "-id"),
    }
    search = filters.CharFilter(
        method="matching",
        max_length=200,
        help_text=_(
            'Words of the title; the last one may be unfinished. `"…"`, `or` and `-` are understood.'
        ),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Search signals")}),
    )
    kind = filters.ChoiceFilter(choices=Signal.Kind.choices, empty_label=_("All kinds"), label=_("Kind"))
    importance = filters.ChoiceFilter(
        choices=Signal.Importance.choices, empty_label=_("Any importance"), label=_("Importance")
    )
    competitor = filters.ModelChoiceFilter(
        queryset=lambda request: selectors.competitors(),
        empty_label=_("All competitors"),
        label=_("Competitor"),
    )
    seen_since = filters.DateFilter(
        method="since",
        label=_("Seen since"),
        help_text=_("A day, such as 2026-11-02."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sort = filters.ChoiceFilter(
        method="in_order",
        empty_label=None,
        label=_("Order"),
        choices=[
            ("-seen_at", _("Newest first")),
            ("seen_at", _("Oldest first")),
            ("-importance", _("Most important first")),
            ("importance", _("Least important first")),
            ("title", _("Title, A to Z")),
            ("-title", _("Title, Z to A")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attributes = {attribute.slug: attribute for attribute in attributes()}
        sort = self.filters.pop("sort")
        vars(sort).pop("_field", None)  # made before by whoever described the API, without these choices
        sort.extra["choices"] = [*sort.extra["choices"], *attribute_orders(self.attributes.values())]
        self.filters |= attribute_filters(self.attributes.values()) | {"sort": sort}

    @property
    def columns(self) -> list[Attribute]:
        """The attributes that the list shows: the first few."""
        return list(self.attributes.values())[:COLUMNS]

    @property
    def own_controls(self) -> list[forms.BoundField]:
        """The controls that every workspace has."""
        return [field for field in self.form if not field.name.startswith("attr.")]

    @property
    def attribute_controls(self) -> list[forms.BoundField]:
        """The controls of the workspace's attributes; of numbers and dates only the ends of a range."""
        return [
            field
            for field in self.form
            if field.name.startswith("attr.") and f"{field.name}.min" not in self.filters
        ]

    @property
    def is_narrowed_by_attribute(self) -> bool:
        """Whether an attribute was asked for."""
        return any(self.data.get(field.name) for field in self.attribute_controls)

    def filter_queryset(self, rows: QuerySet[Signal]) -> QuerySet[Signal]:
        asked: dict[Attribute, dict[str, Any]] = {}
        for name, value in self.form.cleaned_data.items():
            given = self.filters[name]
            if not isinstance(given, AttributeFilter):
                rows = rows if name == "search" else given.filter(rows, value)
            elif value is not None:
                asked.setdefault(given.attribute, {})[given.lookup] = value
        typed = self.form.cleaned_data["search"]
        conditions = [words(Signal, typed)] if typed else []
        conditions += [having(attribute, comparisons) for attribute, comparisons in asked.items()]
        return narrow(rows, conditions) if conditions else rows

    def in_order(self, rows: QuerySet[Signal], name: str, value: str) -> QuerySet[Signal]:
        if value in self.ORDERS:
            return super().in_order(rows, name, value)
        attribute = self.attributes[value.removeprefix("-").removeprefix("attr.")]
        return by_attribute(rows, attribute, descending=value.startswith("-"))

    def since(self, rows: QuerySet[Signal], name: str, value: date) -> QuerySet[Signal]:
        """Keep what was seen since the day began, in the time zone of the reader."""
        return rows.filter(seen_at__gte=timezone.make_aware(datetime.combine(value, time.min)))
