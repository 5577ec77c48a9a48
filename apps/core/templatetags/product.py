"""`{% product %}`: what this product is called; `{% product as product %}` for use inside a sentence."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def product() -> str:
    return str(settings.PRODUCT_NAME)
