"""A system check: the plans can be sold as they are written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from apps.entitlements import catalogue
from apps.entitlements.catalogue import EVERY_FEATURE, Interval, Kind, Plan, Price

CURRENCY = re.compile(r"[A-Z]{3}")


@register(Tags.compatibility)
def check_plans(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every plan of PLANS is made of what modules declare, and DEFAULT_PLAN is one of them."""
    return [Error(fault, id="entitlements.E001") for fault in _faults(catalogue.plans())]


def _faults(plans: tuple[Plan, ...]) -> Iterator[str]:
    codes = [plan.code for plan in plans]
    if settings.DEFAULT_PLAN not in codes:
        yield f"DEFAULT_PLAN is {settings.DEFAULT_PLAN!r}. Set it to one of {', '.join(codes)}."
    yield from (f"The plan {code!r} is there twice." for code in _repeated(codes))
    keys = [price.lookup_key for plan in plans for price in plan.prices]
    yield from (f"Two prices have the lookup key {key!r}." for key in _repeated(keys))
    for plan in plans:
        yield from (f"The plan {plan.code!r}: {fault}" for fault in _plan_faults(plan))
        for price in plan.prices:
            yield from (f"The price {price.lookup_key!r}: {fault}" for fault in _price_faults(price))


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _plan_faults(plan: Plan) -> Iterator[str]:
    known = {feature.name for feature in catalogue.features()} | EVERY_FEATURE
    yield from (f"no module declares the feature {name!r}." for name in sorted(plan.features - known))
    unknown = plan.limits.keys() - {limit.name for limit in catalogue.limits()}
    yield from (f"no module declares the limit {name!r}." for name in sorted(unknown))
    for name, amount in plan.limits.items():
        if amount is not None and amount < 0:
            yield f"the limit {name!r} is below zero."
    if plan.trial_days < 0:
        yield "a trial can't last less than no days."
    if plan.trial_days and not plan.prices:
        yield "what costs nothing needs no trial."
    for interval in Interval:
        charged = [price.kind for price in plan.prices_at(interval)]
        if charged and set(charged) == {Kind.METERED}:
            yield f"by {interval}, it has metered prices alone. Add one that is per seat or base."
        if len([kind for kind in charged if kind != Kind.METERED]) > 1:
            yield f"by {interval}, it has two prices that are per seat or base."


def _price_faults(price: Price) -> Iterator[str]:
    if settings.CURRENCY not in price.amounts:
        yield f"it has no amount in {settings.CURRENCY} (CURRENCY)."
    for currency, amount in price.amounts.items():
        if not CURRENCY.fullmatch(currency):
            yield f"{currency!r} is no currency. Write it in three capitals, as in 'EUR'."
        if amount < 0:
            yield f"its amount in {currency} is below zero."
    if (price.kind == Kind.METERED) != bool(price.meter):
        yield "a metered price names its meter, and no other does."
    elif price.meter and price.meter not in {meter.name for meter in catalogue.meters()}:
        yield f"METERS has no meter {price.meter!r}."
