"""Changing the kind or the choices of an attribute: first what would become of its values, then all at once."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import permissions
from apps.core.changes import validate
from apps.core.errors import Conflict
from apps.events.interface import publish
from apps.radar.attributes import Unfit, Value, plain, value_of
from apps.radar.events import AttributeChanged
from apps.radar.models import Attribute, AttributeValue, Signal
from apps.radar.selectors.attributes import attribute as attribute_of
from apps.radar.selectors.attributes import values_of
from apps.radar.services.attributes import checked_choices, locked, record
from apps.radar.services.values import row_of

#: So many values are changed while somebody waits, in one transaction.
MOST_VALUES = 20_000
#: So many of those that don't fit are listed.
LISTED = 50
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfitting:
    """A value that would be lost. Its signal may be deleted."""

    signal: Signal
    value: str | float | bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of an attribute's values. `unfitting` lists the first of `unfit`."""

    attribute: Attribute
    fit: int
    unfit: int
    unfitting: Sequence[Unfitting]


class ValuesDoNotFit(Conflict):
    """Some values can't be kept, and nobody said that they may go."""

    code = "values_do_not_fit"
    message = gettext_lazy("Some values don't fit. Change them first, or say that they may go.")


def conversion_preview(*, attribute_id: UUID, kind: str, choices: Sequence[str] = ()) -> Preview:
    """Tell what `attribute_convert` would do. Changes nothing.

    :raises PermissionDenied: if the actor may not configure the radar
    :raises Invalid: naming the fields that break a rule
    :raises AttributeNotFound: if there is none with this id
    :raises Conflict: if there are too many values
    """
    permissions.require("radar.configure")
    present = attribute_of(attribute_id)
    wanted = _wanted(present, kind, choices)
    fitting, unfitting = _judge(present, wanted)
    return Preview(
        attribute=wanted, fit=len(fitting), unfit=len(unfitting), unfitting=tuple(unfitting[:LISTED])
    )


def attribute_convert(
    *, attribute_id: UUID, kind: str, choices: Sequence[str] = (), drop_unfit: bool = False
) -> Attribute:
    """Change the kind or the choices of an attribute, and its values with it. Nothing changes if something fails.

    :param drop_unfit: whether values that don't fit may go; otherwise none may be among them
    :raises PermissionDenied: if the actor may not configure the radar
    :raises Invalid: naming the fields that break a rule
    :raises AttributeNotFound: if there is none with this id
    :raises ValuesDoNotFit: if some don't, and they may not go
    :raises Conflict: if there are too many values
    """
    permissions.require("radar.configure")
    with transaction.atomic():
        present = locked(attribute_id)
        wanted = _wanted(present, kind, choices)
        if (wanted.kind, wanted.choices) == (present.kind, present.choices):
            return present
        fitting, unfitting = _judge(present, wanted)
        if unfitting and not drop_unfit:
            raise ValuesDoNotFit
        _rewrite(wanted, fitting, [each.signal for each in unfitting])
        wanted.save(update_fields=["kind", "choices"])
        record(
            "radar.attribute_converted",
            wanted,
            before={"kind": present.kind, "choices": ", ".join(present.choices)},
            after={"kind": kind, "choices": ", ".join(wanted.choices), "values_lost": len(unfitting)},
        )
        publish(AttributeChanged(attribute_id=wanted.id))
    return wanted


def _wanted(present: Attribute, kind: str, choices: Sequence[str]) -> Attribute:
    wanted = copy(present)
    wanted.kind, wanted.choices = kind, checked_choices(kind, choices)
    validate(wanted)
    return wanted


def _judge(present: Attribute, wanted: Attribute) -> tuple[list[tuple[Signal, Value]], list[Unfitting]]:
    """Return which signals keep their value, as it would be, and which lose it."""
    if values_of(present)[: MOST_VALUES + 1].count() > MOST_VALUES:
        raise Conflict(
            _("More than %(most)d signals have a value of it. Add another attribute instead.")
            % {"most": MOST_VALUES}
        )
    fitting, unfitting, key = [], [], str(present.id)
    signals = Signal.objects.filter(tenant_id=present.tenant_id)
    for signal in signals.filter(id__in=values_of(present).values("signal_id")).order_by("-seen_at"):
        given = signal.attributes[key]
        try:
            fitting.append((signal, value_of(wanted, given)))
        except Unfit as error:
            unfitting.append(Unfitting(signal=signal, value=given, reason=str(error)))
    return fitting, unfitting


def _rewrite(wanted: Attribute, fitting: Sequence[tuple[Signal, Value]], losing: Sequence[Signal]) -> None:
    key = str(wanted.id)
    for signal in losing:
        del signal.attributes[key]
    for signal, value in fitting:
        signal.attributes[key] = plain(value)
    values_of(wanted).delete()
    AttributeValue.objects.bulk_create(
        (row_of(wanted, signal, value) for signal, value in fitting), batch_size=BATCH
    )
    changed = [*losing, *(signal for signal, _value in fitting)]
    Signal.objects.bulk_update(changed, ["attributes"], batch_size=BATCH)
