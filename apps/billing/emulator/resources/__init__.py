"""The calls of Stripe's API that the emulator answers, one file for each kind of thing."""

from apps.billing.emulator.resources import (
    checkout,
    coupons,
    customers,
    entitlements,
    events,
    invoices,
    meters,
    payment_methods,
    portal,
    prices,
    products,
    refunds,
    setup_intents,
    subscriptions,
    test_clocks,
    webhook_endpoints,
)

__all__ = [
    "checkout",
    "coupons",
    "customers",
    "entitlements",
    "events",
    "invoices",
    "meters",
    "payment_methods",
    "portal",
    "prices",
    "products",
    "refunds",
    "setup_intents",
    "subscriptions",
    "test_clocks",
    "webhook_endpoints",
]
