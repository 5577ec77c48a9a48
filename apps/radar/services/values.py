"""The values that signals have of the workspace's attributes: rows to find them by, and a copy to show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core import scope
from apps.core.changes import Values
from apps.core.errors import Invalid
from apps.radar.attributes import Unfit, Value, column_of, comparable, plain, value_of
from apps.radar.models import Attribute, AttributeValue, Signal
from apps.radar.selectors.attributes import attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewValues:
    """Values that fit, by attribute; None takes the present value away."""

    values: Mapping[Attribute, Value | None]

    def assign(self, signal: Signal) -> tuple[Values, Values]:
        """Put what differs into the signal's copy, and return it as it was before and is now."""
        before, after, copy = {}, {}, dict(signal.attributes)
        for attribute, value in self.values.items():
            key, new = str(attribute.id), None if value is None else plain(value)
            old = copy.pop(key, None)
            if new is not None:
                copy[key] = new
            if old != new:
                before[f"attr.{attribute.slug}"], after[f"attr.{attribute.slug}"] = _told(old), _told(new)
        signal.attributes = copy
        return before, after

    def write(self, signal: Signal) -> None:
        """Write the rows of a signal that is saved."""
        present = AttributeValue.objects.filter(tenant_id=signal.tenant_id, signal_id=signal.id)
        present.filter(attribute__in=list(self.values)).delete()
        AttributeValue.objects.bulk_create(
            row_of(attribute, signal, value) for attribute, value in self.values.items() if value is not None
        )


def read_values(given: Mapping[str, Any] | None) -> NewValues:
    """Return the values that somebody gave by the attributes' slugs. Nothing, or an empty text, takes one away.

    The attributes are locked: see `lock_attributes`.

    :raises Invalid: naming as `attr.<slug>` what does not fit, or does not exist
    """
    if not given:
        return NewValues(values={})
    known = {attribute.slug: attribute for attribute in lock_attributes()}
    values: dict[Attribute, Value | None] = {}
    faults: dict[str, list[str]] = {}
    for slug, value in given.items():
        try:
            values[known[slug]] = None if value is None or value == "" else value_of(known[slug], value)
        except KeyError:
            faults[f"attr.{slug}"] = [_("There is no such attribute.")]
        except Unfit as error:
            faults[f"attr.{slug}"] = [str(error)]
    if faults:
        raise Invalid(fields=faults)
    return NewValues(values=values)


def lock_attributes() -> list[Attribute]:
    """Return the attributes, locked until the transaction ends, so that none changes its kind meanwhile.

    Lock them before any signal.
    """
    return list(attributes().select_for_update(no_key=True))


def row_of(attribute: Attribute, signal: Signal, value: Value) -> AttributeValue:
    """Return the row of a value, with what is compared in the column of its kind."""
    return AttributeValue(
        tenant_id=scope.tenant_id(),
        attribute=attribute,
        signal=signal,
        **{column_of(attribute): comparable(attribute, value)},
    )


def _told(value: Any) -> str | int | bool | None:
    return str(value) if isinstance(value, float) else value
