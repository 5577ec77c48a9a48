"""The plans as they are sold, and what a system check finds wrong with them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.checks import run_checks

from apps.entitlements.interface import (
    EVERY_FEATURE,
    Interval,
    Kind,
    Plan,
    Price,
    UnknownPlan,
    default_plan,
    features,
    plan,
    plan_of_price,
    plans,
)

Sold = Callable[..., None]

MONTHLY = Price(lookup_key="pro_month", interval=Interval.MONTH, amounts={"EUR": 900}, kind=Kind.BASE)
PRO = Plan(code="pro", name="Pro", tagline="For some", prices=(MONTHLY,))
FREE = Plan(code="free", name="Free", tagline="For others")


def faults() -> list[str]:
    return [found.msg for found in run_checks() if found.id == "entitlements.E001"]


def test_the_products_own_plans_are_sound() -> None:
    assert faults() == []


def test_a_plan_is_found_by_its_code_and_by_its_prices(sold: Sold) -> None:
    sold(FREE, PRO)

    assert plan("pro") == PRO
    assert plan_of_price("pro_month") == PRO
    assert plan_of_price("pro_week") is None
    assert default_plan() == FREE
    with pytest.raises(UnknownPlan, match="platinum"):
        plan("platinum")


def test_the_unlimited_plan_has_what_any_module_declares() -> None:
    unlimited = next(found for found in plans() if found.features == EVERY_FEATURE)

    assert all(unlimited.has(feature.name) for feature in features())
    assert not unlimited.offered


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (replace(PRO, features=frozenset({"audit.exprot"})), "no module declares the feature 'audit.exprot'"),
        (replace(PRO, limits={"members.saets": 3}), "no module declares the limit 'members.saets'"),
        (replace(PRO, limits={"members.seats": -1}), "the limit 'members.seats' is below zero"),
        (replace(PRO, trial_days=-1), "a trial can't last"),
        (replace(PRO, prices=(), trial_days=14), "needs no trial"),
        (replace(PRO, code="free"), "The plan 'free' is there twice"),
        (replace(PRO, prices=(MONTHLY, MONTHLY)), "Two prices have the lookup key 'pro_month'"),
        (
            replace(PRO, prices=(MONTHLY, replace(MONTHLY, lookup_key="pro_seat", kind=Kind.PER_SEAT))),
            "two prices that are per seat or base",
        ),
        (
            replace(PRO, prices=(replace(MONTHLY, kind=Kind.METERED, meter="checks"),)),
            "metered prices alone",
        ),
        (replace(PRO, prices=(replace(MONTHLY, kind=Kind.METERED),)), "names its meter"),
        (replace(PRO, prices=(replace(MONTHLY, meter="checks"),)), "names its meter"),
        (replace(PRO, prices=(replace(MONTHLY, amounts={"USD": 900}),)), "no amount in EUR"),
        (replace(PRO, prices=(replace(MONTHLY, amounts={"EUR": -1}),)), "below zero"),
        (replace(PRO, prices=(replace(MONTHLY, amounts={"EUR": 1, "usd": 1}),)), "'usd' is no currency"),
    ],
)
def test_what_cannot_be_sold_is_found_at_the_start(sold: Sold, broken: Plan, fault: str) -> None:
    sold(FREE, broken)

    assert any(fault in found for found in faults()), faults()


def test_a_default_plan_that_nobody_sells_is_found_with_the_remedy(sold: Sold, settings: Any) -> None:
    sold(FREE, PRO)
    settings.DEFAULT_PLAN = "platinum"

    assert faults() == ["DEFAULT_PLAN is 'platinum'. Set it to one of free, pro."]
