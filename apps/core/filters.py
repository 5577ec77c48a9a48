"""What lists share: a search and an order, in the address of a page and of the API."""

from typing import Any, ClassVar

import django_filters as filters  # type: ignore[import-untyped]
from django.db.models import QuerySet
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
            value or value is False for name, value in self.form.cleaned_data.items() if name != "sort"
        )


class YesNoFilter(filters.BooleanFilter):
    """`?paid=true`, `?paid=false`, or both without it.

    :param empty_label: what the choice of both is called
    """

    def __init__(self, *, empty_label: Any, **options: Any) -> None:
        widget = BooleanWidget()
        widget.choices = [("", empty_label), ("true", _("Yes")), ("false", _("No"))]
        super().__init__(widget=widget, **options)
