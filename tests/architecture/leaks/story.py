"""What the two workspaces of the leak test hold: the victim's, and the same again for the attacker.

**Each tenant table needs a row here.** Make it with the factories or services, and put `mark` into every text that
people type: it must be found nowhere but in its own workspace. The test names the tables that are missing.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.core import scope
from apps.flags.models import FlagException
from apps.radar.services.competitors import competitor_delete
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.roles import role_create
from tests.factories import accounts as people
from tests.factories import radar
from tests.factories import tenancy as workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A workspace whose story is told. `secrets` open something, and stand in no table as they are."""

    tenant: Tenant
    owner: User
    mark: str
    secrets: dict[str, str] = field(default_factory=dict)


def tell(slug: str, mark: str) -> Told:
    """Make a workspace with a row in every tenant table."""
    owner = people.person(name=f"Owner {mark}", email=f"owner-{mark}@example.com")
    tenant = workspaces.workspace(name=f"Works {mark}", slug=slug, owner=owner)
    told = Told(tenant=tenant, owner=owner, mark=mark)
    workspaces.member(tenant, name=f"Member {mark}", email=f"member-{mark}@example.com")
    with workspaces.scope_of(tenant, user=owner), scope.use(address="203.0.113.7"):
        _tell_of_people(told)
        _tell_of_radar(told)
        _tell_of_staff(told)
    return told


def _tell_of_people(told: Told) -> None:
    invitation = invitation_create(email=f"invited-{told.mark}@example.com", role="member")
    told.secrets["the invitation's token"] = token_of(invitation.id)
    _key, presented = key_create(name=f"Key {told.mark}", role="admin", lifetime=timedelta(days=1))
    told.secrets["the API key"] = presented
    role_create(name=f"Role {told.mark}", permission_names=["radar.read"])


def _tell_of_staff(told: Told) -> None:
    """What the back office decides about a workspace."""
    with scope.as_role("platform"), transaction.atomic():
        FlagException.objects.create(flag="leaks.told", state="on", reason=f"Reason {told.mark}")


def _tell_of_radar(told: Told) -> None:
    site = f"https://{told.mark}.example/"
    rival = radar.competitor(name=f"Rival {told.mark}", website=site, notes=f"Notes {told.mark}")
    radar.signal(competitor_id=rival.id, title=f"Signal {told.mark}", source_url=site)
    gone = radar.competitor(name=f"Gone {told.mark}")
    radar.signal(competitor_id=gone.id, title=f"Gone with it {told.mark}")
    competitor_delete(competitor_id=gone.id)
