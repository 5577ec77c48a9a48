"""`{% lucide "pencil" size=16 %}`: an icon of Lucide, drawn once per process instead of at each use."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide as draw

register = template.Library()

# The icons of a product are few: each with its size and attributes stays drawn.
register.simple_tag(lru_cache(maxsize=1024)(draw), name="lucide")
