"""The plans that are sold, smallest first, and the meters that some of them charge by.

Modules declare the features and limits named here in their `apps.py`; each meter brings a limit of its own.
`manage.py check` finds what is misspelt.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.entitlements.interface import EVERY_FEATURE, Interval, Kind, Meter, Plan, Price

MONTH, YEAR = Interval.MONTH, Interval.YEAR
PER_SEAT, BASE, METERED = Kind.PER_SEAT, Kind.BASE, Kind.METERED


CHECKS = Meter(name="checks", label=_("Website checks"))
METERS = [CHECKS]
#: Nothing uses them yet. To sell them, add the meter to METERS, and limits and prices to the plans.
AI_CREDITS = Meter(name="ai_credits", label=_("AI credits"))


def _metered(meter: Meter, unit: Any, amounts: dict[str, int]) -> list[Price]:
    """Return a meter's prices, one per interval: all that a subscription charges has the same."""
    return [
        Price(
            lookup_key=f"{meter.name}_{interval}",
            interval=interval,
            amounts=amounts,
            kind=METERED,
            meter=meter.name,
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
        "radar.competitors": 5,
        "audit.days": 7,
        "usage.checks": 100,
    },
)

TEAM = Plan(
    code="team",
    name=_("Team"),
    tagline=_("For a team that works with it every day"),
    features=frozenset({"api.access"}),
    limits={
        "members.seats": None,
        "radar.competitors": 100,
        "audit.days": 90,
        "usage.checks": 2_000,
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
    features=frozenset({"api.access", "audit.export"}),
    limits={
        "members.seats": None,
        "radar.competitors": None,
        "audit.days": 730,
        "usage.checks": None,
    },
    prices=(
        Price(lookup_key="business_month", interval=MONTH, amounts={"EUR": 249_00}, kind=BASE),
        Price(lookup_key="business_year", interval=YEAR, amounts={"EUR": 2_490_00}, kind=BASE),
        *_metered(CHECKS, _("check"), {"EUR": 1}),
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
