"""The radar's checks of websites in the demo data: what was used day by day, and how the websites did today.

Northwind uses a little of much. Fabrikam has used up what its plan includes, and was told at 80 and at 100 percent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.billing.interface import usage
from apps.billing.services.usage_alerts import usage_alert
from apps.dev.demo.stage import BEGINNING, Stage
from apps.entitlements.interface import plan
from apps.radar.models import Competitor

METER = "checks"
USED_UP = {"fabrikam": plan("free").limits["usage.checks"] or 0}
STEP = 10  # checks at a time, so that 80 percent come before 100
SILENT = "Adatum"


def tell(stage: Stage) -> None:
    """Use checks on each day since the beginning, and say how each website does."""
    for day in range(BEGINNING.days, -1, -1):
        quantity = _quantity(stage, stage.now - timedelta(days=day))
        for moment, amount in _steps(stage.now - timedelta(days=day), quantity):
            with stage.at(moment, by=next(iter(stage.people))):
                usage().record(
                    tenant_id=stage.tenant.id, meter=METER, quantity=amount, identifier=f"demo {moment}"
                )
                usage_alert(tenant_id=stage.tenant.id)
    _note_websites(stage)


def _quantity(stage: Stage, now: datetime) -> int:
    """Return how much is used on a day."""
    is_this_month = (now.year, now.month) == (stage.now.year, stage.now.month)
    if stage.workspace.slug in USED_UP and is_this_month:
        whole = USED_UP[stage.workspace.slug]
        return whole * now.day // stage.now.day - whole * (now.day - 1) // stage.now.day
    if stage.workspace.slug in USED_UP:
        return 2
    return 5 if now.weekday() > 4 else 7 + now.toordinal() * 7 % 5


def _steps(now: datetime, quantity: int) -> Iterator[tuple[datetime, int]]:
    """Return the moments at which a day's checks were made, until this time of it, and how many at each."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    amounts = [min(STEP, quantity - done) for done in range(0, quantity, STEP)]
    for number, amount in enumerate(amounts, start=1):
        yield midnight + (now - midnight) * number / (len(amounts) + 1), amount


def _note_websites(stage: Stage) -> None:
    """Say that all were checked today."""
    with stage.at(stage.now, by=next(iter(stage.people))):
        midnight = stage.now.replace(hour=0, minute=0, second=0, microsecond=0)
        checked_at = max(midnight, stage.now - timedelta(hours=2))
        websites = Competitor.objects.filter(tenant_id=stage.tenant.id)
        websites.update(checked_at=checked_at, website_state=Competitor.Website.ANSWERS, website_status=200)
        websites.filter(name=SILENT).update(website_state=Competitor.Website.SILENT, website_status=None)
