"""What lists share: a search and an order, in the address of a page and of the API."""

from datetime import date
from typing import Any, ClassVar

import django_filters as filters  # type: ignore[import-untyped]
from django.db.models import Model, QuerySet
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import BooleanWidget  # type: ignore[import-untyped]

from apps.core.db.search import search


class ListFilter(filters.FilterSet):
    """A search and an order; subclasses say what they mean."""

    #: By the name of an order: the fields, all in one direction, the last one unique.
    ORDERS: ClassVar[dict[str, tuple[str, ...]]] = {}

    def matching(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return search(rows, value)

    def in_order(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.order_by(*self.ORDERS[value])

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the order was asked for."""
        self.is_valid()
        return any(
            value not in (None, "") for name, value in self.form.cleaned_data.items() if name != "sort"
        )

    def in_words(self) -> list[str]:
        """Return what is asked for, such as “Kind: Price”; what no longer makes sense is left out."""
        self.is_valid()
        return [
            f"{self.form[name].label}: {self._shown(name, value)}"
            for name, value in self.form.cleaned_data.items()
            if value not in (None, "", [])
        ]

    def _shown(self, name: str, value: Any) -> str:
        choices = getattr(self.form.fields[name], "choices", None)
        if isinstance(value, date):
            return formats.date_format(value)
        if choices is None or isinstance(value, Model):
            return str(value)
        return str(dict(choices).get(value, value))


class YesNoFilter(filters.BooleanFilter):
    """`?paid=true`, `?paid=false`, or both without it.

    :param empty_label: what the choice of both is called
    """

    def __init__(self, *, empty_label: Any, **options: Any) -> None:
        widget = BooleanWidget()
        widget.choices = [("", empty_label), ("true", _("Yes")), ("false", _("No"))]
        super().__init__(widget=widget, **options)
