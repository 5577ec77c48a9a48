"""Form fields and filters for the attributes that a workspace made."""

from collections.abc import Iterable
from typing import Any

import django_filters as filters  # type: ignore[import-untyped]
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.radar.attributes import LONGEST_TEXT, RANGES, Unfit, Value, value_of
from apps.radar.models import Attribute
from apps.radar.selectors.attributes import LOOKUPS


class AttributeField(forms.CharField):
    """Takes one value of an attribute. Nothing typed is None.

    :param empty_label: what a list of choices offers for no value
    """

    def __init__(self, *, attribute: Attribute, empty_label: str = "–", **kwargs: Any) -> None:
        self.attribute = attribute
        given: dict[str, Any] = {"label": attribute.name, "widget": _widget(attribute, empty_label)}
        super().__init__(**given | kwargs | {"required": False})

    def clean(self, value: Any) -> Value | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return value_of(self.attribute, typed)
        except Unfit as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(str(self.prepare_value("" if initial is None else initial)), data)


def _widget(attribute: Attribute, empty_label: str) -> forms.Widget:
    match attribute.kind:
        case Attribute.Kind.NUMBER:
            return forms.NumberInput(attrs={"step": "any"})
        case Attribute.Kind.DATE:
            return forms.DateInput(attrs={"type": "date"})
        case Attribute.Kind.CHOICE:
            return forms.Select(
                choices=[("", empty_label), *((choice, choice) for choice in attribute.choices)]
            )
        case Attribute.Kind.YES_NO:
            return forms.Select(choices=[("", empty_label), ("yes", _("Yes")), ("no", _("No"))])
    return forms.TextInput(attrs={"maxlength": LONGEST_TEXT})


class AttributeFilter(filters.Filter):
    """A comparison with an attribute's value, called `attr.<slug>`, `attr.<slug>.min` or `attr.<slug>.max`."""

    field_class = AttributeField

    def __init__(self, attribute: Attribute, ending: str, label: str) -> None:
        super().__init__(
            field_name=f"attr.{attribute.slug}", label=label, attribute=attribute, empty_label=_("Any")
        )
        self.attribute, self.lookup = attribute, LOOKUPS[ending]


def attribute_filters(attributes: Iterable[Attribute]) -> dict[str, AttributeFilter]:
    """Return the filters of some attributes, by their names in an address."""
    return {
        f"attr.{attribute.slug}{ending}": AttributeFilter(attribute, ending, label)
        for attribute in attributes
        for ending, label in _endings(attribute).items()
    }


def attribute_orders(attributes: Iterable[Attribute]) -> list[tuple[str, str]]:
    """Return the orders by some attributes, as choices."""
    return [
        (f"{sign}attr.{attribute.slug}", text % {"name": attribute.name})
        for attribute in attributes
        for sign, text in (("", _("%(name)s, lowest first")), ("-", _("%(name)s, highest first")))
    ]


def _endings(attribute: Attribute) -> dict[str, str]:
    if attribute.kind not in RANGES:
        return {"": attribute.name}
    name = {"name": attribute.name}
    if attribute.kind == Attribute.Kind.DATE:
        least, most = _("%(name)s from") % name, _("%(name)s until") % name
    else:
        least, most = _("%(name)s at least") % name, _("%(name)s at most") % name
    return {"": attribute.name, ".min": least, ".max": most}
