"""What is sold, as pages and the payment provider need it."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from apps.billing.interface import PlanNotOffered
from apps.billing.models import Subscription
from apps.billing.providers.values import Line
from apps.core.money import formatted
from apps.entitlements.interface import (
    Interval,
    Kind,
    Plan,
    Price,
    UnknownPlan,
    default_plan,
    features,
    limits,
    plan,
    plans,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A plan for a customer to look at. `price` is empty if it costs nothing; `usage` is charged on top."""

    plan: Plan
    price: str
    per: str
    is_per_seat: bool
    usage: tuple[str, ...]
    points: tuple[str, ...]
    is_current: bool
    may_try: bool


def offers(
    interval: Interval, *, lookup_key: str = "", present: str = "", may_try: bool = False
) -> list[Offer]:
    """Return the plans that are sold at an interval, smallest first, and what everybody has.

    :param lookup_key: of the price that is paid now
    :param present: the plan in force, where none is paid
    :param may_try: whether plans with a trial may be tried
    """
    return [
        _offer(one, interval, lookup_key, present, may_try)
        for one in plans()
        if one == default_plan() or _is_sold(one, interval)
    ]


def offered_plan(code: str, interval: str) -> Plan:
    """Return a plan that can be bought.

    :raises PlanNotOffered: if it, or paying for it at this interval, is not for sale
    """
    try:
        found = plan(code)
        is_sold = _is_sold(found, Interval(interval))
    except (UnknownPlan, ValueError) as error:
        raise PlanNotOffered from error
    if not is_sold:
        raise PlanNotOffered
    return found


def is_per_seat(lookup_key: str) -> bool:
    """Tell whether a price is charged for each member."""
    return lookup_key in per_seat_keys()


def per_seat_keys() -> set[str]:
    """Return the lookup keys of the prices that are charged for each member."""
    return {price.lookup_key for one in plans() for price in one.prices if price.kind == Kind.PER_SEAT}


def plan_name(code: str) -> str:
    """Return what a plan is called; the default one's name for an empty code."""
    try:
        return str((plan(code) if code else default_plan()).name)
    except UnknownPlan:
        return code


def lines_of(bought: Plan, interval: str, seats: int) -> tuple[Line, ...]:
    """Return what a subscription to a plan is made of. Usage has no quantity beforehand."""
    quantities = {Kind.PER_SEAT: seats, Kind.BASE: 1, Kind.METERED: None}
    return tuple(
        Line(lookup_key=price.lookup_key, quantity=quantities[price.kind])
        for price in bought.prices_at(Interval(interval))
    )


def cost_of(subscription: Subscription) -> str:
    """Return what a subscription costs: “12.00 EUR per month”. Discounts and usage are left out."""
    amount = formatted(subscription.unit_amount, subscription.currency)
    if is_per_seat(subscription.lookup_key):
        return f"{subscription.quantity} × {amount} {_per(Kind.PER_SEAT, subscription.interval)}"
    return f"{amount} {_per(Kind.BASE, subscription.interval)}"


def _is_sold(found: Plan, interval: Interval) -> bool:
    return found.offered and bool(found.prices_at(interval))


def _offer(found: Plan, interval: Interval, lookup_key: str, present: str, may_try: bool) -> Offer:
    prices = found.prices_at(interval)
    fixed = next((price for price in prices if price.kind != Kind.METERED), None)
    return Offer(
        plan=found,
        price=_amount(fixed) if fixed else "",
        per=_per(fixed.kind, fixed.interval) if fixed else "",
        is_per_seat=fixed is not None and fixed.kind == Kind.PER_SEAT,
        usage=tuple(
            _("%(amount)s per %(unit)s") % {"amount": _amount(price), "unit": price.unit or price.meter}
            for price in prices
            if price.kind == Kind.METERED
        ),
        points=_points(found),
        is_current=any(price.lookup_key == lookup_key for price in prices)
        if lookup_key
        else found.code == present,
        may_try=may_try and found.trial_days > 0,
    )


def _amount(price: Price) -> str:
    """Return what a price is in the house's currency, or in its first one."""
    currency = settings.CURRENCY if settings.CURRENCY in price.amounts else next(iter(price.amounts))
    return formatted(price.amounts[currency], currency)


def _per(kind: Kind, interval: str) -> str:
    texts: dict[tuple[Kind, str], str] = {
        (Kind.PER_SEAT, Interval.MONTH): _("per member and month"),
        (Kind.PER_SEAT, Interval.YEAR): _("per member and year"),
        (Kind.BASE, Interval.MONTH): _("per month"),
        (Kind.BASE, Interval.YEAR): _("per year"),
    }
    return texts.get((kind, interval), "")  # what staff sold by hand may be charged by the week


def _points(found: Plan) -> tuple[str, ...]:
    """Return what a plan includes, line by line; its limits in its own order."""
    labels, unlimited = {one.name: one.label for one in limits()}, _("no limit")
    counted = [
        f"{labels[name]}: {unlimited if most is None else number_format(most, force_grouping=True)}"
        for name, most in found.limits.items()
    ]
    return (*counted, *(str(one.label) for one in features() if found.has(one.name)))
