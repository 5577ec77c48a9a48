"""Looking names up in the DNS, behind a port: settings.DNS names the class, and tests put a fake there."""

from abc import ABC, abstractmethod

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from apps.core.errors import Unavailable

PATIENCE = 4.0  # seconds; a person waits for the answer


class Dns(ABC):
    """The part of the DNS that we ask."""

    @abstractmethod
    def texts(self, name: str) -> frozenset[str]:
        """Return the TXT records of a name; none if there is no such name.

        :raises Unavailable: if no server answers
        """

    @abstractmethod
    def addresses(self, name: str, *, patience: float = PATIENCE) -> list[str]:
        """Return the addresses of a host, IPv4 before IPv6; none if there is no such host.

        :param patience: seconds to wait for an answer
        :raises Unavailable: if no server answers
        """


class PublicDns(Dns):
    """The name servers that this machine is set up to ask."""

    def texts(self, name: str) -> frozenset[str]:
        try:
            found = dns.resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return frozenset()
        except dns.exception.DNSException as error:
            raise _silence() from error
        return frozenset(b"".join(record.strings).decode("ascii", "replace") for record in found)

    def addresses(self, name: str, *, patience: float = PATIENCE) -> list[str]:
        try:
            found = dns.resolver.get_default_resolver().resolve_name(name, lifetime=patience, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise _silence() from error
        return sorted(found.addresses(), key=lambda address: ":" in address)


def public_dns() -> Dns:
    """Return the configured implementation."""
    found: Dns = import_string(settings.DNS)()
    return found


def _silence() -> Unavailable:
    return Unavailable(_("The DNS doesn't answer just now. Try again in a minute."))
