"""The plans' prices at the provider: made from the catalogue in code, found again by their keys."""

from django.conf import settings
from django.utils import translation

from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import PriceState
from apps.core.money import formatted
from apps.entitlements.interface import Plan, Price, plans


def catalogue_sync(*, is_rehearsal: bool) -> list[str]:
    """Make the provider's prices those of the catalogue; return what was done, or what would be.

    What somebody pays stays: a changed amount is another price, and holds for those who buy from then on.
    """
    known, done = {price.lookup_key: price for price in gateway().list_prices()}, []
    for plan in plans():
        for price in plan.prices:
            wanted, former = _wanted(plan, price), known.pop(price.lookup_key, None)
            if wanted == former:
                continue
            done.append(f"{price.lookup_key}: {'change' if former else 'add'}, {_said(wanted)}")
            if not is_rehearsal:
                _add(wanted, plan, former)
    for price_left in known.values():
        done.append(f"{price_left.lookup_key}: sell no more")
        if not is_rehearsal:
            gateway().archive_price(price_id=price_left.id)
    return done


def _add(wanted: PriceState, plan: Plan, former: PriceState | None) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        gateway().create_price(price=wanted, plan_name=str(plan.name))
    if former:
        gateway().archive_price(price_id=former.id)


def _wanted(plan: Plan, price: Price) -> PriceState:
    return PriceState(
        lookup_key=price.lookup_key,
        plan=plan.code,
        interval=price.interval,
        amounts=dict(price.amounts),
        meter=price.meter,
    )


def _said(price: PriceState) -> str:
    amounts = ", ".join(formatted(amount, currency) for currency, amount in price.amounts.items())
    return f"{amounts} by {price.interval}{f' for each of {price.meter}' if price.meter else ''}"
