"""`{% feature "audit.export" %}…{% else %}…{% endfeature %}`: what is shown where the plan includes a feature."""

from django import template
from django.template.base import Parser, Token

from apps.core import scope
from apps.core.templatetags.flags import SwitchNode, parse_switch
from apps.entitlements.interface import entitlements

register = template.Library()


@register.tag("feature")
def feature(parser: Parser, token: Token) -> SwitchNode:
    return parse_switch(parser, token, _is_included)


def _is_included(name: str) -> bool:
    return bool(entitlements().check(tenant_id=scope.tenant_id(), feature=name))
