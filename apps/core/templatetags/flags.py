"""`{% flag "radar.new_chart" %}…{% else %}…{% endflag %}`: what is shown where a feature flag is on."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context

from apps.core import flags

register = template.Library()


class FlagNode(template.Node):
    child_nodelists = ("shown_on", "shown_off")

    def __init__(self, name: FilterExpression, shown_on: NodeList, shown_off: NodeList) -> None:
        self.name, self.shown_on, self.shown_off = name, shown_on, shown_off

    def render(self, context: Context) -> str:
        is_on = flags.enabled(self.name.resolve(context))
        return (self.shown_on if is_on else self.shown_off).render(context)


@register.tag("flag")
def flag(parser: Parser, token: Token) -> FlagNode:
    try:
        _tag, name = token.split_contents()
    except ValueError as error:
        raise template.TemplateSyntaxError('Name one flag: {% flag "radar.new_chart" %}.') from error
    shown_on = parser.parse(("else", "endflag"))
    shown_off = NodeList()
    if parser.next_token().contents == "else":
        shown_off = parser.parse(("endflag",))
        parser.delete_first_token()
    return FlagNode(parser.compile_filter(name), shown_on, shown_off)
