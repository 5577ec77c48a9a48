"""Telling the story: the same services that people use, with the clock set back."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.audit.interface import audit
from apps.core import clock, scope
from apps.dev.demo import story, team
from apps.dev.demo.stage import BEGINNING, Stage, acting
from apps.entitlements.interface import PlanFacts, entitlements
from apps.events.interface import publish
from apps.tenancy.events import MemberAdded
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.workspaces import workspace_create


def is_told() -> bool:
    """Tell whether the demo data is there. It is written in one transaction, so some of it means all."""
    return User.objects.filter(email=story.WORKSPACES[0].people[0].email).exists()


@transaction.atomic
def tell() -> None:
    """Write the demo data: the workspaces and their people, then what each product module tells about them."""
    now = clock.now()
    for told in story.WORKSPACES:
        people = {person.name.split()[0]: (_person(person), person.role) for person in told.people}
        (owner, _role), *others = people.values()
        with clock.stopped_at(now - BEGINNING):
            tenant = workspace_create(name=told.name, slug=told.slug, owner_id=owner.id)
            _give_plan(tenant, told.plan)
            for user, role in others:
                _join(tenant, user, role)
        stage = Stage(workspace=told, tenant=tenant, people=people, now=now)
        for product in products():
            product.tell(stage)
        team.tell(stage)


def let_staff_in() -> None:
    """Let our staff into the back office, as support."""
    with scope.as_role("platform"), transaction.atomic():
        user = _person(story.STAFF)
        user.is_staff = user.is_support = True
        user.save(update_fields=["is_staff", "is_support"])


def products() -> list[Any]:
    """Return the part of each product module that has something to tell: `apps/dev/demo/<module>.py`."""
    names = [f"apps.dev.demo.{name.rpartition('.')[2]}" for name in settings.TENANT_APPS]
    return [import_module(name) for name in names if find_spec(name)]


def tenant_of(told: story.Workspace) -> Tenant:
    """Return a workspace of the story."""
    with scope.as_role("platform"):
        return Tenant.objects.select_related("cell").get(slug=told.slug)


def owner_of(told: story.Workspace) -> User:
    """Return the person who owns it."""
    return User.objects.get(email=told.people[0].email)


def _person(told: story.Person) -> User:
    found = User.objects.filter(email=told.email).first()
    if found:
        return found
    user = User.objects.create_user(told.email, story.PASSWORD, name=told.name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _give_plan(tenant: Tenant, plan: str) -> None:
    with scope.use(tenant_id=tenant.id):
        entitlements().set_facts(tenant_id=tenant.id, facts=PlanFacts(plan=plan, source="demo data"))


def _join(tenant: Tenant, user: User, role: str) -> None:
    """Make somebody a member, without the mails that an invitation would send weeks late."""
    with acting(tenant, user, role):
        membership = Membership.objects.create(tenant=tenant, user=user, role=role)
        audit().record(
            action="members.joined",
            target_type="membership",
            target_id=membership.id,
            target_label=user.display_name,
            after={"role": role},
        )
        publish(MemberAdded(membership_id=membership.id, user_id=user.id, role=role))
