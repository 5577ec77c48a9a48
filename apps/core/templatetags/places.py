"""`{% place "members.invite" %}`: what modules above have to say here."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from apps.core.places import filled

register = template.Library()


@register.simple_tag(takes_context=True)
def place(context: Any, name: str) -> SafeString:
    """Write what fills a place of a workspace's page; nothing outside of workspaces."""
    workspace = context["shell"]["workspace"]
    return SafeString("".join(filled(name, workspace["slug"]) if workspace else ""))
