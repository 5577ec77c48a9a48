"""Changing what the workspace in scope wants to know about its signals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.changes import Values, validate
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id
from apps.events.interface import publish
from apps.radar.events import AttributeAdded, AttributeChanged, AttributeDeleted, AttributeRestored
from apps.radar.interface import AttributeExists, AttributeNotFound
from apps.radar.models import Attribute
from apps.radar.selectors.attributes import attributes

#: How many attributes a workspace may have, and how many choices one attribute.
MOST = 30
MOST_CHOICES = 50
LONGEST_CHOICE = 60


def attribute_add(*, name: str, kind: str, choices: Sequence[str] = ()) -> Attribute:
    """Add an attribute, after the others.

    :param kind: text, number, date, choice or yes_no
    :raises PermissionDenied: if the actor may not configure the radar
    :raises Invalid: naming the fields that break a rule
    :raises AttributeExists: if there is one of this name
    """
    permissions.require("radar.configure")
    attribute = Attribute(name=_name(name), kind=kind, choices=checked_choices(kind, choices))
    validate(attribute)
    with transaction.atomic():
        present = list(attributes().select_for_update())
        if len(present) >= MOST:
            raise Conflict(_("A workspace has up to %(most)d attributes. Delete one first.") % {"most": MOST})
        attribute.position = 1 + max((other.position for other in present), default=0)
        attribute.slug = _free_slug(name, {other.slug for other in present})
        with _one_per_name():
            attribute.save(force_insert=True)
        record("radar.attribute_added", attribute, after={"name": attribute.name, "kind": kind})
        publish(AttributeAdded(attribute_id=attribute.id))
    return attribute


def attribute_rename(*, attribute_id: UUID, name: str) -> Attribute:
    """Give an attribute another name. What addresses and the API call it stays.

    :raises PermissionDenied: if the actor may not configure the radar
    :raises Invalid: if the name is empty or too long
    :raises AttributeExists: if there is another one of this name
    :raises AttributeNotFound: if there is none with this id
    """
    permissions.require("radar.configure")
    with transaction.atomic():
        attribute = locked(attribute_id)
        before, attribute.name = attribute.name, _name(name)
        if before == attribute.name:
            return attribute
        validate(attribute)
        with _one_per_name():
            attribute.save(update_fields=["name"])
        record("radar.attribute_changed", attribute, before={"name": before}, after={"name": attribute.name})
        publish(AttributeChanged(attribute_id=attribute.id))
    return attribute


def attribute_move(*, attribute_id: UUID, by: int) -> Attribute:
    """Move an attribute among the others.

    :param by: -1 for one place up, 1 for one place down
    :raises PermissionDenied: if the actor may not configure the radar
    :raises AttributeNotFound: if there is none with this id
    """
    permissions.require("radar.configure")
    with transaction.atomic():
        ordered = list(attributes().select_for_update())
        place = next((place for place, each in enumerate(ordered) if each.id == attribute_id), None)
        if place is None:
            raise AttributeNotFound
        moved = ordered.pop(place)
        ordered.insert(max(0, place + by), moved)
        for position, attribute in enumerate(ordered, start=1):
            attribute.position = position
        Attribute.objects.bulk_update(ordered, ["position"])
        record("radar.attribute_changed", moved, after={"position": moved.position})
        publish(AttributeChanged(attribute_id=moved.id))
    return moved


def attribute_delete(*, attribute_id: UUID) -> Attribute:
    """Take an attribute away. Its values stay unseen, so that `attribute_restore` can bring it back.

    :raises PermissionDenied: if the actor may not configure the radar
    :raises AttributeNotFound: if there is none with this id
    """
    permissions.require("radar.configure")
    with transaction.atomic():
        attribute = locked(attribute_id)
        attribute.deleted_at = clock.now()
        attribute.save(update_fields=["deleted_at"])
        record("radar.attribute_deleted", attribute)
        publish(AttributeDeleted(attribute_id=attribute.id))
    return attribute


def attribute_restore(*, attribute_id: UUID) -> Attribute:
    """Bring a deleted attribute back, with its values.

    :raises PermissionDenied: if the actor may not configure the radar
    :raises AttributeNotFound: if no deleted one has this id
    :raises AttributeExists: if its name has been taken meanwhile
    :raises Conflict: if there are too many by now
    """
    permissions.require("radar.configure")
    with transaction.atomic():
        if attributes().select_for_update().count() >= MOST:
            raise Conflict(_("A workspace has up to %(most)d attributes. Delete one first.") % {"most": MOST})
        attribute = locked(attribute_id, deleted=True)
        attribute.deleted_at = None
        with _one_per_name():
            attribute.save(update_fields=["deleted_at"])
        record("radar.attribute_restored", attribute)
        publish(AttributeRestored(attribute_id=attribute.id))
    return attribute


def locked(attribute_id: UUID, *, deleted: bool = False) -> Attribute:
    """Return an attribute, locked until the transaction ends.

    :raises AttributeNotFound: if there is none
    """
    found = Attribute.objects.select_for_update().filter(
        tenant_id=scope.tenant_id(), id=attribute_id, deleted_at__isnull=not deleted
    )
    attribute = found.first()
    if attribute is None:
        raise AttributeNotFound
    return attribute


def checked_choices(kind: str, choices: Sequence[str]) -> list[str]:
    """Return the choices of an attribute: none for other kinds, no empty ones, none twice.

    :raises Invalid: if there are too few or too many, or one is too long
    """
    if kind != Attribute.Kind.CHOICE:
        return []
    cleaned = {" ".join(choice.split()).casefold(): " ".join(choice.split()) for choice in choices}
    cleaned.pop("", None)
    if not 1 <= len(cleaned) <= MOST_CHOICES:
        raise Invalid(
            fields={"choices": [_("Give 1 to %(most)d choices, one on each line.") % {"most": MOST_CHOICES}]}
        )
    if any(len(choice) > LONGEST_CHOICE or "\0" in choice for choice in cleaned.values()):
        raise Invalid(fields={"choices": [_("Keep each to %(most)d characters.") % {"most": LONGEST_CHOICE}]})
    return list(cleaned.values())


def record(
    action: str, attribute: Attribute, *, before: Values | None = None, after: Values | None = None
) -> None:
    """Note in the audit log what was done to an attribute."""
    audit().record(
        action=action,
        target_type="attribute",
        target_id=attribute.id,
        target_label=attribute.name,
        before=before,
        after=after,
    )


def _name(name: str) -> str:
    return " ".join(name.split())


def _free_slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[:32].strip("-") or "attribute"
    return base if base not in taken else f"{base}-{new_id().hex[-6:]}"


@contextmanager
def _one_per_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise AttributeExists(fields={"name": [str(AttributeExists.message)]}) from error
