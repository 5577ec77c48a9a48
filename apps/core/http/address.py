"""The caller's network address."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address that the request came from, past as many proxies as settings.TRUSTED_PROXY_COUNT.

    Each proxy of ours adds the address it saw at the end of X-Forwarded-For; what stands before is the caller's claim.
    """
    count = settings.TRUSTED_PROXY_COUNT
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if count and len(seen) >= count and _is_address(seen[-count]):
        return _without_zone(seen[-count])
    return _without_zone(str(request.META.get("REMOTE_ADDR", "")))


def _without_zone(address: str) -> str:
    """Leave out by which of our network cards an address was reached, as in `fe80::1%eth0`: no range knows it."""
    return address.partition("%")[0]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
