"""The story that the demo data tells: two workspaces, the people in them, and a signal a week. Tell yours here."""

from dataclasses import dataclass

from django.conf import settings

PASSWORD = f"{settings.PRODUCT_SLUG}-demo"  # known on purpose: development only


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a workspace. The same address in two workspaces is the same person."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A signal: how many days ago, by whom (first name), about whom, and what."""

    days_ago: int
    by: str
    competitor: str
    kind: str
    importance: int
    title: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace. Its first person owns it; `competitors` are names with websites."""

    name: str
    slug: str
    people: tuple[Person, ...]
    competitors: tuple[tuple[str, str, str], ...]
    signals: tuple[Noticed, ...]


ANA = Person("Ana Ruiz", "ana@northwind.example", "owner")
SAM = Person("Sam Okafor", "sam@northwind.example", "admin")
LI = Person("Li Wei", "li@northwind.example", "member")
NOOR = Person("Noor Haddad", "noor@northwind.example", "viewer")
JONAS = Person("Jonas Weber", "jonas@fabrikam.example", "owner")

COMPETITORS = (
    ("First example", "https://first.example", ""),
    ("Second example", "https://second.example", ""),
)


def _a_signal_a_week(by: str) -> tuple[Noticed, ...]:
    return tuple(
        Noticed(1 + 7 * week, by, COMPETITORS[week % 2][0], "press", 1, f"Example {8 - week}")
        for week in reversed(range(8))
    )


NORTHWIND = Workspace("Northwind", "northwind", (ANA, SAM, LI, NOOR), COMPETITORS, _a_signal_a_week("Ana"))
FABRIKAM = Workspace(
    "Fabrikam",
    "fabrikam",
    (JONAS, Person(SAM.name, SAM.email, "member")),
    COMPETITORS,
    _a_signal_a_week("Jonas"),
)

WORKSPACES = (NORTHWIND, FABRIKAM)
