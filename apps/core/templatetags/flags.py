"""`{% flag "radar.new_chart" %}…{% else %}…{% endflag %}`: what is shown where a feature flag is on."""

from collections.abc import Callable

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context

from apps.core import flags

register = template.Library()


class SwitchNode(template.Node):
    """Shows one of two sides, as `is_on` says of a name."""

    child_nodelists = ("shown_on", "shown_off")

    def __init__(
        self, is_on: Callable[[str], bool], name: FilterExpression, shown_on: NodeList, shown_off: NodeList
    ) -> None:
        self.is_on, self.name, self.shown_on, self.shown_off = is_on, name, shown_on, shown_off

    def render(self, context: Context) -> str:
        return (self.shown_on if self.is_on(self.name.resolve(context)) else self.shown_off).render(context)


def parse_switch(parser: Parser, token: Token, is_on: Callable[[str], bool]) -> SwitchNode:
    """Return the node of a tag that names one thing, with an `{% else %}` or without."""
    try:
        tag, name = token.split_contents()
    except ValueError as error:
        tag = token.contents.split()[0]
        raise template.TemplateSyntaxError(f'Name one {tag}: {{% {tag} "module.name" %}}.') from error
    shown_on = parser.parse(("else", f"end{tag}"))
    shown_off = NodeList()
    if parser.next_token().contents == "else":
        shown_off = parser.parse((f"end{tag}",))
        parser.delete_first_token()
    return SwitchNode(is_on, parser.compile_filter(name), shown_on, shown_off)


@register.tag("flag")
def flag(parser: Parser, token: Token) -> SwitchNode:
    return parse_switch(parser, token, flags.enabled)
