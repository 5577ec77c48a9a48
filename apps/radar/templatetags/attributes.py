"""Template filters for attributes."""

from typing import Any

from django import template

from apps.radar.models import Attribute, Signal

register = template.Library()


@register.filter
def value_of(signal: Signal, attribute: Attribute) -> Any:
    """Return a signal's value of an attribute, or None."""
    return signal.attributes.get(str(attribute.id))
