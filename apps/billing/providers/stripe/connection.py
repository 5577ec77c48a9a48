"""The way to Stripe that all of the gateway shares: its SDK, its clock, and what its errors mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import stripe
import structlog

from apps.billing.providers.base import ProviderRefused, ProviderUnavailable
from apps.billing.providers.stripe.moved_clock import EmulatorClient

TIMEOUT = (2.0, 5.0)  # seconds to connect and to answer; an account is locked meanwhile
PAGE = 100

log = structlog.get_logger()


class Connection:
    def __init__(self, *, key: str, base: str, secrets: tuple[str, ...]) -> None:
        self.livemode = is_live(key)
        self._secrets = secrets
        addresses: Any = {"api": base, "meter_events": base} if base else {}
        self._http = EmulatorClient(timeout=TIMEOUT) if base else stripe.RequestsClient(timeout=TIMEOUT)
        client = stripe.StripeClient(
            key,
            base_addresses=addresses,
            max_network_retries=0,  # the job is tried again, without holding a lock
            http_client=self._http,
        )
        self._api, self._events = client.v1, client.v2.core.events

    @property
    def _ahead(self) -> timedelta:
        """How far Stripe's clock is ahead of ours: not at all, but for the emulator's."""
        return self._http.ahead if isinstance(self._http, EmulatorClient) else timedelta(0)


def is_live(key: str) -> bool:
    """Tell whether a key moves real money."""
    return key.startswith(("sk_live_", "rk_live_"))


@contextmanager
def translated() -> Iterator[None]:
    """Raise what billing knows for what the SDK raises."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        if (error.http_status or 500) >= 500:
            raise ProviderUnavailable from error
        log.error("billing.provider_refused", status=error.http_status, code=error.code, exc_info=error)
        raise ProviderRefused from error
