"""The workspaces of the demo data, and the people in them. What they do is told beside, by product module."""

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
class Workspace:
    """A workspace. Its first person owns it. Without a plan, it is on the default one."""

    name: str
    slug: str
    plan: str
    people: tuple[Person, ...]


ANA = Person("Ana Ruiz", "ana@northwind.example", "owner")
SAM = Person("Sam Okafor", "sam@northwind.example", "admin")
LI = Person("Li Wei", "li@northwind.example", "member")
NOOR = Person("Noor Haddad", "noor@northwind.example", "viewer")
JONAS = Person("Jonas Weber", "jonas@fabrikam.example", "owner")

#: Our own staff, whom Northwind lets look into its workspace.
STAFF = Person("Robin Berg", f"robin@{settings.PRODUCT_SLUG}.example", "support")

NORTHWIND = Workspace(
    name="Northwind Analytics",
    slug="northwind",
    plan="team",
    people=(ANA, SAM, LI, NOOR),
)

FABRIKAM = Workspace(
    name="Fabrikam Labs",
    slug="fabrikam",
    plan="",
    people=(JONAS, Person(SAM.name, SAM.email, "member")),
)

WORKSPACES = (NORTHWIND, FABRIKAM)
