"""`manage.py billing sync-catalogue`: the plans of config/plans.py at Stripe."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.billing.emulator import Emulator
from apps.entitlements.interface import plan
from config import plans


def synchronise(*options: str) -> str:
    said = StringIO()
    call_command("billing", "sync-catalogue", *options, stdout=said)
    return said.getvalue()


def price_of(api: Any, key: str) -> Any:
    [price] = api.prices.list({"lookup_keys": [key]}).data
    return price


def test_the_plans_are_brought_once(stripe: Emulator, api: Any) -> None:
    said = synchronise()
    assert "team_month: add, 12.00 EUR by month\n" in said
    assert "checks_month: add, 0.01 EUR by month for each of checks\n" in said
    count = len(api.prices.list({"limit": 100}).data)
    assert synchronise() == "Stripe has the plans of config/plans.py.\n"

    assert len(api.prices.list({"limit": 100}).data) == count == sum(len(each.prices) for each in plans.PLANS)
    team = price_of(api, "team_year")
    assert (team.unit_amount, team.currency, team.recurring.interval) == (12000, "eur", "year")
    assert api.products.retrieve(str(team.product)).name == "Team"


def test_a_rehearsal_changes_nothing(stripe: Emulator, api: Any) -> None:
    assert synchronise("--dry-run").endswith("Nothing was changed.\n")

    assert api.prices.list({}).data == []


def test_a_changed_amount_is_another_price_and_who_pays_the_former_keeps_it(
    stripe: Emulator, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronise()
    former = price_of(api, "team_month")
    team = plan("team")
    month, *others = team.prices
    dearer = replace(team, prices=(replace(month, amounts={"EUR": 1500}), *others))
    monkeypatch.setattr(plans, "PLANS", [plan("free"), dearer, plan("business")])

    assert "team_month: change, 15.00 EUR by month" in synchronise()
    assert synchronise() == "Stripe has the plans of config/plans.py.\n"

    assert price_of(api, "team_month").unit_amount == 1500
    kept = api.prices.retrieve(former.id)
    assert (kept.active, kept.unit_amount, kept.metadata["lookup_key"]) == (False, 1200, "team_month")


def test_what_is_no_longer_in_the_catalogue_is_sold_no_more(
    stripe: Emulator, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronise()
    gone = price_of(api, "business_year")
    monkeypatch.setattr(plans, "PLANS", [plan("free"), plan("team")])

    assert "business_year: sell no more" in synchronise()
    assert not api.prices.retrieve(gone.id).active


def test_without_stripe_it_says_so(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""

    with pytest.raises(CommandError, match="Billing is off"):
        synchronise()
