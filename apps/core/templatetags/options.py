"""`{% options widget.optgroups %}`: a select's options. Django's own templates take one for each: 500 time zones."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """Write a widget's option groups."""
    return format_html_join("\n", "{}", ((_group(name, members),) for name, members, _index in groups))


def _group(name: str | None, members: list[dict[str, Any]]) -> SafeString:
    rows = ((option["value"], flatatt(option["attrs"]), option["label"]) for option in members)
    written = format_html_join("\n", '<option value="{}"{}>{}</option>', rows)
    return format_html('<optgroup label="{}">\n{}\n</optgroup>', name, written) if name else written
