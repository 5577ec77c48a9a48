"""Reading the attributes of the tenant in scope, and finding signals by their values."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from apps.core import scope
from apps.core.db.search import Condition
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


def having(attribute: Attribute, comparisons: Mapping[str, Value]) -> Condition:
    """Return the condition that a signal's value of an attribute compares so.

    :param comparisons: values by what they are compared with: exact, gte or lte
    """
    column = column_of(attribute)
    values = values_of(attribute).filter(
        **{f"{column}__{lookup}": comparable(attribute, value) for lookup, value in comparisons.items()}
    )
    ids, parameters = values.values("signal_id").query.sql_with_params()
    # No Exists: PostgreSQL would make a join of it, and read all these values before the list's first row.
    own = values.filter(signal_id=OuterRef("id")).values("signal_id")[:1]
    return Condition(ids=ids, parameters=parameters, holds=IsNull(Subquery(own), False))


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
