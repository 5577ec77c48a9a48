"""The plans that are sold, smallest first. Modules declare the features and limits named here in their `apps.py`.

`manage.py check` finds what is misspelt.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.entitlements.interface import EVERY_FEATURE, Interval, Kind, Plan, Price

MONTH, YEAR = Interval.MONTH, Interval.YEAR
PER_SEAT, BASE, METERED = Kind.PER_SEAT, Kind.BASE, Kind.METERED


def _metered(meter: str, unit: Any, amounts: dict[str, int]) -> list[Price]:
    """Return a meter's prices, one per interval: all that a subscription charges has the same."""
    return [
        Price(
            lookup_key=f"{meter}_{interval}",
            interval=interval,
            amounts=amounts,
            kind=METERED,
            meter=meter,
            unit=unit,
        )
        for interval in Interval
    ]


FREE = Plan(
    code="free",
    name=_("Free"),
    tagline=_("For trying things out"),
    limits={
        "members.seats": 3,
        "audit.days": 7,
        "radar.competitors": 5,
    },
)

TEAM = Plan(
    code="team",
    name=_("Team"),
    tagline=_("For a team that works with it every day"),
    features=frozenset({"api.access"}),
    limits={
        "members.seats": None,
        "audit.days": 90,
        "radar.competitors": 100,
    },
    prices=(
        Price(lookup_key="team_month", interval=MONTH, amounts={"EUR": 12_00}, kind=PER_SEAT),
        Price(lookup_key="team_year", interval=YEAR, amounts={"EUR": 120_00}, kind=PER_SEAT),
    ),
    trial_days=14,
)

BUSINESS = Plan(
    code="business",
    name=_("Business"),
    tagline=_("For companies with rules to keep"),
    features=frozenset({"api.access", "audit.export", "accounts.sso"}),
    limits={
        "members.seats": None,
        "audit.days": 730,
        "radar.competitors": None,
    },
    prices=(
        Price(lookup_key="business_month", interval=MONTH, amounts={"EUR": 249_00}, kind=BASE),
        Price(lookup_key="business_year", interval=YEAR, amounts={"EUR": 2_490_00}, kind=BASE),
        *_metered("checks", _("check"), {"EUR": 1}),
        *_metered("ai_credits", _("AI credit"), {"EUR": 2}),
    ),
)

UNLIMITED = Plan(
    code="unlimited",
    name=_("Unlimited"),
    tagline=_("Everything, without limits"),
    features=EVERY_FEATURE,
    offered=False,
)

PLANS = [FREE, TEAM, BUSINESS, UNLIMITED]
