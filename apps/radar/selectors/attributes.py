"""Reading the attributes of the tenant in scope, and finding signals by their values."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from apps.core import scope
from apps.core.db.search import FEW, among
from apps.radar.attributes import Value, column_of, comparable
from apps.radar.interface import AttributeNotFound
from apps.radar.models import Attribute, AttributeValue, Signal

#: How an address compares: the ending of `attr.<slug>…`, and the lookup.
LOOKUPS = {"": "exact", ".min": "gte", ".max": "lte"}


def attributes() -> QuerySet[Attribute]:
    """Return the attributes in the order that the workspace gave them."""
    return Attribute.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None).order_by("position", "id")


def attribute(attribute_id: UUID) -> Attribute:
    """Return an attribute.

    :raises AttributeNotFound: if there is none
    """
    found = attributes().filter(id=attribute_id).first()
    if found is None:
        raise AttributeNotFound
    return found


def values_of(attribute: Attribute) -> QuerySet[AttributeValue]:
    """Return the values of an attribute, those of deleted signals too."""
    return AttributeValue.objects.filter(tenant_id=scope.tenant_id(), attribute_id=attribute.id)


def having(
    signals: QuerySet[Signal], attribute: Attribute, comparisons: Mapping[str, Value]
) -> QuerySet[Signal]:
    """Keep the signals whose value of an attribute compares so. Asks the database at once, to choose the quick way.

    :param comparisons: values by what they are compared with: exact, gte or lte
    """
    column = column_of(attribute)
    values = values_of(attribute).filter(
        **{f"{column}__{lookup}": comparable(attribute, value) for lookup, value in comparisons.items()}
    )
    few = list(values.values_list("signal_id", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return among(signals, few)
    return signals.filter(Exists(values.filter(signal_id=OuterRef("id"))))


def by_attribute(signals: QuerySet[Signal], attribute: Attribute, *, descending: bool) -> QuerySet[Signal]:
    """Order signals by their value of an attribute. Those without a value are left out."""
    column = f"valued__{column_of(attribute)}"
    mine = Q(values__attribute_id=attribute.id, values__tenant_id=scope.tenant_id())
    sign = "-" if descending else ""
    return (
        signals.annotate(valued=FilteredRelation("values", condition=mine))
        .filter(**{f"{column}__isnull": False})
        .annotate(sorted_by=F(column))
        .order_by(f"{sign}sorted_by", f"{sign}id")
    )


def shown(signal: Signal, attributes: Iterable[Attribute]) -> dict[str, Any]:
    """Return a signal's values by the slugs of their attributes; None where it has none."""
    return {attribute.slug: signal.attributes.get(str(attribute.id)) for attribute in attributes}
