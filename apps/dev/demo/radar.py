"""The radar's part of the demo data: eight weeks of what two workspaces noticed about their competitors."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.dev.demo import radar_checks
from apps.dev.demo.stage import Stage
from apps.radar.services.attributes import attribute_add
from apps.radar.services.competitors import competitor_add
from apps.radar.services.saved_filters import saved_filter_add
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


#: By workspace: name, website and notes.
COMPETITORS = {
    "northwind": (
        (
            "Contoso Insights",
            "https://contoso.example",
            "Our closest rival in retail. Sells to the same buyers.",
        ),
        ("Tailspin Data", "https://tailspin.example", "Young, well funded, fast. Strong with start-ups."),
        ("Adatum", "https://adatum.example", "Large and slow; wins where procurement decides."),
        ("Wingtip Metrics", "https://wingtip.example", "Free tier, then steep."),
        ("Proseware", "https://proseware.example", ""),
    ),
    "fabrikam": (
        ("Litware Instruments", "https://litware.example", "Sensors for clean rooms."),
        ("Fourth Coffee Robotics", "https://fourthcoffee.example", ""),
        ("Lucerne Devices", "https://lucerne.example", "Sells through resellers only."),
        ("Wide World Optics", "https://wideworld.example", ""),
    ),
}
#: What Northwind notes of each signal beside the usual: where the competitor sells, and whether to answer.
REGIONS = {
    "Contoso Insights": "Europe",
    "Tailspin Data": "North America",
    "Adatum": "Worldwide",
    "Wingtip Metrics": "North America",
    "Proseware": "Europe",
}
#: By workspace, oldest first.
SIGNALS = {
    "northwind": (
        Noticed(55, "Ana", "Contoso Insights", "product", 2, "Dashboards can be embedded in other sites"),
        Noticed(53, "Sam", "Adatum", "press", 1, "Interview with the new head of product"),
        Noticed(51, "Li", "Wingtip Metrics", "price", 3, "Free tier cut from five seats to three"),
        Noticed(50, "Li", "Proseware", "hiring", 1, "Two support engineers wanted in Lisbon"),
        Noticed(47, "Ana", "Tailspin Data", "funding", 3, "Series B of 42 million, led by a retail fund"),
        Noticed(45, "Sam", "Contoso Insights", "hiring", 2, "Six sales roles opened in the Nordics"),
        Noticed(44, "Li", "Adatum", "product", 1, "Scheduled reports now arrive as PDF"),
        Noticed(43, "Sam", "Proseware", "press", 1, "Named in a list of tools to watch"),
        Noticed(40, "Li", "Tailspin Data", "hiring", 2, "Looking for a head of partnerships"),
        Noticed(39, "Ana", "Wingtip Metrics", "product", 2, "Alerts by text message"),
        Noticed(38, "Sam", "Contoso Insights", "press", 1, "Case study with a grocery chain"),
        Noticed(37, "Li", "Proseware", "product", 2, "Spreadsheet import rewritten, twice as fast"),
        Noticed(36, "Ana", "Adatum", "price", 2, "Volume discount now starts at 50 seats"),
        Noticed(33, "Sam", "Tailspin Data", "product", 3, "Forecasting leaves beta"),
        Noticed(32, "Li", "Contoso Insights", "product", 1, "New look for the mobile app"),
        Noticed(31, "Li", "Wingtip Metrics", "press", 1, "Outage of four hours, explained well"),
        Noticed(30, "Ana", "Proseware", "funding", 2, "Bridge round from existing investors"),
        Noticed(29, "Sam", "Adatum", "hiring", 1, "Closing the Berlin office, roles move to Madrid"),
        Noticed(26, "Li", "Contoso Insights", "price", 3, "Team plan up from 29 to 35 a seat"),
        Noticed(
            25, "Ana", "Contoso Insights", "press", 2, "Customers complain about the new price in public"
        ),
        Noticed(24, "Sam", "Tailspin Data", "product", 2, "Connector for two large shop systems"),
        Noticed(23, "Li", "Wingtip Metrics", "hiring", 1, "First hire in security"),
        Noticed(22, "Li", "Adatum", "press", 1, "Analyst report places them third"),
        Noticed(19, "Sam", "Proseware", "price", 2, "Annual plan now includes onboarding"),
        Noticed(18, "Ana", "Tailspin Data", "press", 2, "Signs a chain with 300 stores"),
        Noticed(
            17, "Li", "Contoso Insights", "product", 3, "Questions in plain language, answered with charts"
        ),
        Noticed(17, "Sam", "Wingtip Metrics", "product", 1, "Dark theme"),
        Noticed(16, "Li", "Adatum", "product", 2, "Row-level permissions announced for spring"),
        Noticed(15, "Ana", "Tailspin Data", "hiring", 1, "Five data engineers, remote in Europe"),
        Noticed(15, "Li", "Proseware", "press", 1, "Talk at the retail data days"),
        Noticed(13, "Sam", "Contoso Insights", "hiring", 3, "Chief revenue officer leaves after a year"),
        Noticed(12, "Li", "Wingtip Metrics", "price", 2, "Growth plan split into two"),
        Noticed(11, "Ana", "Tailspin Data", "price", 3, "Matches any offer of ours for the first year"),
        Noticed(10, "Li", "Adatum", "funding", 1, "Sells its survey business"),
        Noticed(10, "Sam", "Contoso Insights", "press", 1, "Webinar on stock levels, 400 guests"),
        Noticed(9, "Li", "Proseware", "product", 2, "Public roadmap published"),
        Noticed(8, "Sam", "Tailspin Data", "product", 2, "Single sign-on on every plan"),
        Noticed(6, "Li", "Contoso Insights", "price", 3, "Old price back for customers who ask"),
        Noticed(6, "Sam", "Wingtip Metrics", "hiring", 1, "Recruits its first designer in Warsaw"),
        Noticed(5, "Ana", "Tailspin Data", "press", 2, "Customer list shows two names from our pipeline"),
        Noticed(4, "Li", "Adatum", "price", 2, "Education discount doubled"),
        Noticed(4, "Li", "Proseware", "product", 1, "Export to calendar"),
        Noticed(3, "Sam", "Contoso Insights", "product", 2, "Forecasts announced for next quarter"),
        Noticed(2, "Ana", "Wingtip Metrics", "price", 2, "Extra seats by the month, no contract"),
        Noticed(2, "Li", "Tailspin Data", "hiring", 3, "Country manager for our home market"),
        Noticed(1, "Sam", "Adatum", "press", 1, "Rumour of a sale, denied the same day"),
        Noticed(1, "Li", "Contoso Insights", "hiring", 2, "Opens a search for a pricing lead"),
        Noticed(0, "Ana", "Tailspin Data", "price", 3, "Annual prepay at 30 percent off until year's end"),
    ),
    "fabrikam": (
        Noticed(52, "Jonas", "Litware Instruments", "product", 2, "Calibration without a technician"),
        Noticed(46, "Sam", "Lucerne Devices", "press", 1, "New reseller in Austria"),
        Noticed(41, "Jonas", "Fourth Coffee Robotics", "funding", 3, "Grant for warehouse trials"),
        Noticed(34, "Sam", "Litware Instruments", "price", 2, "Service contract 8 percent dearer"),
        Noticed(27, "Jonas", "Lucerne Devices", "hiring", 1, "Field engineers wanted in Graz"),
        Noticed(20, "Jonas", "Litware Instruments", "press", 2, "Recall of one humidity probe"),
        Noticed(16, "Sam", "Fourth Coffee Robotics", "product", 2, "Arm with a reach of two metres"),
        Noticed(11, "Jonas", "Lucerne Devices", "price", 3, "Direct sales begin, 15 percent under list"),
        Noticed(5, "Sam", "Litware Instruments", "hiring", 1, "Head of quality wanted"),
        Noticed(3, "Jonas", "Fourth Coffee Robotics", "press", 2, "Pilot with a parcel service"),
        Noticed(1, "Jonas", "Litware Instruments", "product", 3, "Battery life of three years announced"),
    ),
}


def tell(stage: Stage) -> None:
    """Add a workspace's competitors at its beginning, and then each signal on its day."""
    has_attributes = stage.workspace.slug == "northwind"
    with stage.at_the_beginning():
        competitors = {
            name: competitor_add(name=name, website=website, notes=notes).id
            for name, website, notes in COMPETITORS[stage.workspace.slug]
        }
        if has_attributes:
            _configure()
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
                attributes=_values(noticed) if has_attributes else None,
            )
    radar_checks.tell(stage)


def _configure() -> None:
    """Add the attributes, and the filters that everybody sees."""
    attribute_add(name="Region", kind="choice", choices=sorted(set(REGIONS.values())))
    attribute_add(name="Needs an answer", kind="yes_no")
    saved_filter_add(name="To answer", query="attr.needs-an-answer=yes", is_shared=True)
    saved_filter_add(name="Important price moves", query="kind=price&importance=3", is_shared=True)


def _values(noticed: Noticed) -> dict[str, str | bool]:
    needs_answer = noticed.importance == 3 and noticed.days_ago < 21
    return {"region": REGIONS[noticed.competitor], "needs-an-answer": needs_answer}


def _moment(now: datetime, days_ago: int, nth: int) -> datetime:
    """Return the time of that day's nth signal, from 0: in working hours, before now, each after the last."""
    if days_ago == 0:
        return now - timedelta(minutes=20 - nth)
    day = (now - timedelta(days=days_ago)).replace(hour=8, minute=0, second=0, microsecond=0)
    return day + timedelta(minutes=days_ago * 37 % 240 + nth * 53)
