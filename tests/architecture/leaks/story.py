"""What the two workspaces of the leak test hold: the victim's, and the same again for the attacker.

A product module tells of itself in `tests/factories/<module>.py`, in a function `tell(mark)`: it makes rows in the
workspace in scope, and puts `mark` into every text that people type, so that it is found nowhere else. A tenant table
that nobody tells of gets a row of made-up values; the test names the tables where that does not go.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.audit.interface import audit
from apps.core import clock, scope, storage
from apps.core.ids import new_id
from apps.jobs.models import Job, Task
from apps.notifications.interface import notifications
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.roles import role_create
from tests.architecture.leaks import made_up
from tests.factories import accounts as people
from tests.factories import products, webhooks
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
        audit().seal()  # what is told from here on waits
        _tell_of_work(told)
        _tell_of_news(told)
        workspaces.tell(mark)
        told.secrets["the webhook's secret"] = webhooks.tell(mark)
        products.tell(mark)
    made_up.fill_empty_tables(tenant_id=tenant.id, user_id=owner.id, mark=mark)
    return told


def _tell_of_work(told: Told) -> None:
    """A task that is never due, with the mark in what it carries; and its job, with a file."""
    waiting = Task(name="jobs.prune", queue="default", arguments={"note": told.mark}, share=told.tenant.id)
    waiting.tenant_id, waiting.run_at = told.tenant.id, datetime.max.replace(tzinfo=UTC)
    Task.objects.bulk_create([waiting])
    with transaction.atomic():
        Job.objects.create(
            task_id=waiting.id,
            kind=waiting.name,
            title=f"Job {told.mark}",
            starter_id=told.owner.id,
            starter_name=told.owner.name,
            log=[{"at": clock.now().isoformat(), "text": f"Line {told.mark}"}],
            result_key=storage.store("result.csv", told.mark.encode()),
            result_name=f"result-{told.mark}.csv",
        )


def _tell_of_news(told: Told) -> None:
    """What the owner finds in their inbox."""
    with transaction.atomic():
        notifications().notify(
            kind="members.access_requested",
            to=frozenset({told.owner.id}),
            source_id=new_id(),
            values={"person": f"Asker {told.mark}", "message": f"Please {told.mark}"},
        )


def _tell_of_people(told: Told) -> None:
    invitation = invitation_create(email=f"invited-{told.mark}@example.com", role="member")
    told.secrets["the invitation's token"] = token_of(invitation.id)
    _key, presented = key_create(name=f"Key {told.mark}", role="admin", lifetime=timedelta(days=1))
    told.secrets["the API key"] = presented
    role_create(name=f"Role {told.mark}", permission_names=["members.invite"])
