"""Ranges of network addresses, IPv4 and IPv6, that something may be used from."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Invalid

MOST = 32


def is_within(address: str, ranges: Iterable[str]) -> bool:
    """Tell whether an address is in one of the ranges. What is no address is in none."""
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    asked = getattr(asked, "ipv4_mapped", None) or asked  # ::ffff:192.0.2.1, as some servers say it
    return any(asked in _network(each) for each in ranges)


def normalized(ranges: Iterable[str]) -> list[str]:
    """Return ranges as they are kept: each once, `192.0.2.1` as `192.0.2.1/32`.

    :raises Invalid: on the field `ranges`, if one is not understood or there are too many
    """
    found = list(dict.fromkeys(_normalized(each) for each in ranges))
    if len(found) > MOST:
        raise Invalid(fields={"ranges": [_("Give %(most)d ranges at most.") % {"most": MOST}]})
    return found


def _normalized(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError as error:
        message = _("“%(range)s” is not a range. Give some like 192.0.2.0/24 or 2001:db8::/48.")
        raise Invalid(fields={"ranges": [message % {"range": text}]}) from error


class RangesField(forms.CharField):
    """A text with ranges, one a line. Its value is a list of them, as it was typed."""

    widget = forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text: str = super().clean(value)
        return text.replace(",", " ").split()


@lru_cache(maxsize=10_000)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)
