"""Outgoing HTTP: the one way by which we call other servers.

    answer = outgoing.request("POST", url, destination=f"webhook:{endpoint.id}", content=body, untrusted=True)

Every call ends within its time, whatever the other side does. One `destination` (a name that the caller chooses, such
as the module or the endpoint) has its own circuit breaker, shared by all processes, its own budget of retries, and its
own few places in each process; so one that is slow or dead costs the others nothing. Redirects are never followed
and proxies of the environment are ignored. `untrusted` is for addresses that customers type.
"""

from apps.core.outgoing import addresses
from apps.core.outgoing.call import request
from apps.core.outgoing.errors import (
    AddressRefused,
    AnswerTooLarge,
    CircuitOpen,
    OutgoingFailed,
    Saturated,
    TimedOut,
    Unreachable,
)
from apps.core.outgoing.exchange import Answer, Timeout

__all__ = [
    "AddressRefused",
    "Answer",
    "AnswerTooLarge",
    "CircuitOpen",
    "OutgoingFailed",
    "Saturated",
    "TimedOut",
    "Timeout",
    "Unreachable",
    "addresses",
    "request",
]
