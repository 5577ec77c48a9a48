"""Which addresses of customers we call: those of the public internet, and nothing behind our own walls (SSRF).

Every spelling has one reading here: names are plain host names, numbers are dotted or in brackets, and what is odd is
refused instead of understood. What a name leads to may change at any moment, so `check` runs when an
address is saved, to tell the person, and again for each call, which then connects to the very address checked.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.dns import PATIENCE, public_dns
from apps.core.errors import Unavailable
from apps.core.outgoing import deadline
from apps.core.outgoing.errors import AddressRefused, TimedOut, Unreachable

LONGEST = 2000  # characters of an address
# A last label that begins with a digit may be read as a number: 127.1, 0x7f.0.0.1.
NAME = re.compile(r"(?!.{254})(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?=[a-z])[a-z0-9-]{1,62}[a-z0-9]")
LOOPBACK = ("127.0.0.1", "::1")

# Beyond what Python calls global, which differs between its releases.
# https://www.iana.org/assignments/iana-ipv4-special-registry/
REFUSED_IPV4 = [
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host, and with it a machine's credentials
    )
]  # fmt: skip
# Of IPv6, 2000::/3 is in use for the public internet; in it lie tunnels (Teredo, 6to4), which may lead anywhere.
PUBLIC_IPV6 = ip_network("2000::/3")
REFUSED_IPV6 = [ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address leads: the name to speak to, and the checked addresses to connect to."""

    scheme: str
    authority: str  # the host as others write it: with the port, if it is not the usual one
    host: str
    port: int
    target: bytes
    addresses: tuple[str, ...]


def check(url: str) -> Place:
    """Return where an address that a customer typed leads.

    :raises AddressRefused: if we don't call it; the message is for a form
    :raises Unreachable: if the DNS knows no such host
    :raises TimedOut: if the DNS doesn't answer
    """
    if len(url) > LONGEST:
        raise AddressRefused(_("Enter a shorter address."))
    parsed = parse(url)
    if "\\" in url or parsed.userinfo or not url.isprintable():
        raise AddressRefused(_("Leave out user names, passwords, spaces and backslashes."))
    addresses = _resolve(parsed.raw_host.decode())
    networks = [ip_network(network) for network in settings.OUTGOING_ALLOWED_NETWORKS]
    if not all(any(ip_address(address) in network for network in networks) for address in addresses):
        _refuse_what_is_not_public(parsed, addresses)
    return place(parsed, tuple(addresses))


def parse(url: str) -> httpx.URL:
    """Return the parts of an address.

    :raises AddressRefused: if it is none
    """
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.raw_host:
        raise AddressRefused(_("Enter an address such as https://hooks.example.com/in."))
    return parsed


def place(url: httpx.URL, addresses: tuple[str, ...]) -> Place:
    """Return the place of a parsed address that leads to `addresses`."""
    return Place(
        scheme=url.scheme,
        authority=url.netloc.decode(),
        host=url.raw_host.decode(),
        port=_port(url),
        target=url.raw_path,
        addresses=addresses,
    )


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, and can't lead back to our own network."""
    match ip_address(address):
        case IPv4Address() as found:
            return found.is_global and not any(found in network for network in REFUSED_IPV4)
        case IPv6Address(ipv4_mapped=IPv4Address() as within):
            return is_public(str(within))
        case found if found in NAT64:
            return is_public(str(IPv4Address(int(found) & 0xFFFFFFFF)))
        case found:
            is_refused = found.scope_id or any(found in network for network in REFUSED_IPV6)
            return found in PUBLIC_IPV6 and found.is_global and not is_refused


def _refuse_what_is_not_public(url: httpx.URL, addresses: list[str]) -> None:
    if url.scheme != "https":
        raise AddressRefused(_("Use an address that begins with https://."))
    if _port(url) not in settings.OUTGOING_PORTS:
        ports = ", ".join(map(str, settings.OUTGOING_PORTS))
        raise AddressRefused(_("Use one of these ports: %(ports)s.") % {"ports": ports})
    if not all(map(is_public, addresses)):
        raise AddressRefused(
            _("This address leads into a private network. Use one that the internet reaches.")
        )


def _resolve(host: str) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    if host == "localhost" or host.endswith(".localhost"):
        return list(LOOPBACK)  # RFC 6761
    if not NAME.fullmatch(host):
        raise AddressRefused(_("Enter an address such as https://hooks.example.com/in."))
    try:
        found = public_dns().addresses(host, patience=min(PATIENCE, max(deadline.left(), 0.0)))
    except Unavailable as error:
        raise TimedOut(f"the DNS does not answer for {host}") from error
    if not found:
        raise Unreachable(f"there is no host {host}")
    return found


def _port(url: httpx.URL) -> int:
    if url.port is None:
        return 443 if url.scheme == "https" else 80
    return url.port
