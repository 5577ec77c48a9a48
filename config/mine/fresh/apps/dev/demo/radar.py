"""The radar's part of the demo data: a signal a week. Tell yours here."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.dev.demo import radar_checks
from apps.dev.demo.stage import Stage
from apps.radar.services.competitors import competitor_add
from apps.radar.services.signals import signal_add


@dataclass(frozen=True, slots=True)
class Noticed:
    """A signal: how many days ago, by whom (first name), about whom, and what."""

    days_ago: int
    by: str
    competitor: str
    kind: str
    importance: int
    title: str


EXAMPLES = (
    ("First example", "https://first.example", ""),
    ("Second example", "https://second.example", ""),
)


def _a_signal_a_week(by: str) -> tuple[Noticed, ...]:
    return tuple(
        Noticed(1 + 7 * week, by, EXAMPLES[week % 2][0], "press", 1, f"Example {8 - week}")
        for week in reversed(range(8))
    )


#: By workspace: name, website and notes.
COMPETITORS = {
    "northwind": EXAMPLES,
    "fabrikam": EXAMPLES,
}
#: By workspace, oldest first.
SIGNALS = {
    "northwind": _a_signal_a_week("Ana"),
    "fabrikam": _a_signal_a_week("Jonas"),
}


def tell(stage: Stage) -> None:
    """Add a workspace's competitors at its beginning, and then each signal on its day."""
    with stage.at_the_beginning():
        competitors = {
            name: competitor_add(name=name, website=website, notes=notes).id
            for name, website, notes in COMPETITORS[stage.workspace.slug]
        }
    told_that_day: Counter[int] = Counter()
    for noticed in SIGNALS[stage.workspace.slug]:
        moment = _moment(stage.now, noticed.days_ago, told_that_day[noticed.days_ago])
        told_that_day[noticed.days_ago] += 1
        with stage.at(moment, by=noticed.by):
            signal_add(
                competitor_id=competitors[noticed.competitor],
                title=noticed.title,
                kind=noticed.kind,
                importance=noticed.importance,
            )
    radar_checks.tell(stage)


def _moment(now: datetime, days_ago: int, nth: int) -> datetime:
    """Return the time of that day's nth signal, from 0: in working hours, before now, each after the last."""
    if days_ago == 0:
        return now - timedelta(minutes=20 - nth)
    day = (now - timedelta(days=days_ago)).replace(hour=8, minute=0, second=0, microsecond=0)
    return day + timedelta(minutes=days_ago * 37 % 240 + nth * 53)
