"""What is sold: plans with their prices, made of the features and limits that modules declare.

    declare_feature("radar.forecasts", _("Forecasts"))                                    in a module's apps.py
    declare_limit("radar.competitors", _("Competitors"), count=count_competitors)

The plans themselves are listed in the module that `settings.PLANS` names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Something that a plan includes or not."""

    name: str
    label: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that a plan includes so much of. `count` tells how much of it a tenant uses; None: not counted."""

    name: str
    label: Any
    count: Callable[[UUID], int] | None = None


class Interval(StrEnum):
    """How often a price is charged."""

    MONTH = "month"
    YEAR = "year"


class Kind(StrEnum):
    """What a price is multiplied by: the members, nothing, or what a meter counted."""

    PER_SEAT = "per_seat"
    BASE = "base"
    METERED = "metered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Something that is counted as it is used. `settings.PLANS` lists them in METERS.

    A plan may include so much of it a month, under the limit's name: `usage.checks`. Where the plan has a price for the
    meter too, more is charged and the limit is soft; without one nothing can be charged, and the limit holds.
    """

    name: str
    label: Any

    @property
    def limit(self) -> str:
        """The name of its limit."""
        return f"usage.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What is charged at an interval. `amounts` are in the smallest unit, by currency: {"EUR": 1200} is 12 euros.

    `lookup_key` names it at the payment provider and never changes. `unit` is what one of what a meter counts is
    called, such as “check”.
    """

    lookup_key: str
    interval: Interval
    amounts: Mapping[str, int]
    kind: Kind
    meter: str = ""
    unit: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a workspace can be on. A limit of None, or one that is not named, does not end.

    `offered` plans can be bought or chosen; others are given by staff and settings.
    """

    code: str
    name: Any
    tagline: Any
    features: frozenset[str] = frozenset()
    limits: Mapping[str, int | None] = field(default_factory=dict)
    prices: tuple[Price, ...] = ()
    trial_days: int = 0
    offered: bool = True

    def has(self, feature: str) -> bool:
        """Tell whether the plan includes a feature."""
        return feature in self.features or self.features == EVERY_FEATURE

    def charges_beyond(self, limit: str) -> bool:
        """Tell whether more than a limit includes is charged, and so not refused."""
        return limit in {meter(price.meter).limit for price in self.prices if price.meter}

    def prices_at(self, interval: Interval) -> tuple[Price, ...]:
        """Return what is charged for the plan at an interval; nothing if it can't be paid that way."""
        return tuple(price for price in self.prices if price.interval == interval)


#: For a plan that includes whatever any module declares.
EVERY_FEATURE = frozenset({"*"})


class UnknownPlan(LookupError):
    """`settings.PLANS` lists no such plan."""


_features: dict[str, Feature] = {}
_limits: dict[str, Limit] = {}


def declare_feature(name: str, label: Any) -> None:
    """Declare a feature such as `audit.export`; call it from a module's `apps.py`."""
    _features[name] = Feature(name=name, label=label)


def declare_limit(name: str, label: Any, *, count: Callable[[UUID], int] | None = None) -> None:
    """Declare a limit such as `radar.competitors`; call it from a module's `apps.py`.

    :param count: takes the id of the tenant in scope and reads how much is used; left out for what is not counted,
        such as days
    """
    _limits[name] = Limit(name=name, label=label, count=count)


def features() -> tuple[Feature, ...]:
    """Return every declared feature, by name."""
    return tuple(_features[name] for name in sorted(_features))


def limits() -> tuple[Limit, ...]:
    """Return every declared limit, by name."""
    return tuple(_limits[name] for name in sorted(_limits))


def feature(name: str) -> Feature:
    """Return a declared feature.

    :raises KeyError: if no module declares it
    """
    return _features[name]


def limit(name: str) -> Limit:
    """Return a declared limit.

    :raises KeyError: if no module declares it
    """
    return _limits[name]


def plans() -> tuple[Plan, ...]:
    """Return every plan, smallest first, those that are not offered included."""
    return tuple(import_module(settings.PLANS).PLANS)


def meters() -> tuple[Meter, ...]:
    """Return every meter, as `settings.PLANS` lists them."""
    return tuple(getattr(import_module(settings.PLANS), "METERS", ()))


def meter(name: str) -> Meter:
    """Return a meter.

    :raises KeyError: if `settings.PLANS` does not list it
    """
    return {found.name: found for found in meters()}[name]


def plan(code: str) -> Plan:
    """Return a plan.

    :raises UnknownPlan: if there is none of this code
    """
    for found in plans():
        if found.code == code:
            return found
    raise UnknownPlan(f"There is no plan {code!r} in {settings.PLANS}.")


def default_plan() -> Plan:
    """Return the plan of every workspace that has no other (DEFAULT_PLAN)."""
    return plan(settings.DEFAULT_PLAN)


def plan_of_price(lookup_key: str) -> Plan | None:
    """Return the plan that a price belongs to, or None if none has it."""
    return next((found for found in plans() if any(p.lookup_key == lookup_key for p in found.prices)), None)
