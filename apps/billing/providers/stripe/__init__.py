"""Stripe, through its SDK. `base_addresses` alone differs in development, where the emulator answers."""

from functools import cache

from django.conf import settings

from apps.billing.providers.base import Gateway
from apps.billing.providers.stripe.accounts import Accounts
from apps.billing.providers.stripe.checkout import Checkouts
from apps.billing.providers.stripe.notices import Notices
from apps.billing.providers.stripe.subscriptions import Subscriptions
from apps.billing.providers.stripe.usage import UsageMeters


class StripeGateway(Accounts, Notices, Checkouts, Subscriptions, UsageMeters, Gateway):
    """All that billing needs of Stripe, from the modules beside."""


def page_origins() -> list[str]:
    """Return where the pages stand that customers are sent to."""
    return [settings.STRIPE_API_BASE or "https://*.stripe.com"]


def gateway() -> Gateway:
    """Return the gateway that the settings describe, made once per process."""
    return _gateway(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, tuple(settings.STRIPE_WEBHOOK_SECRETS)
    )


@cache
def _gateway(key: str, base: str, secrets: tuple[str, ...]) -> Gateway:
    return StripeGateway(key=key, base=base, secrets=secrets)
