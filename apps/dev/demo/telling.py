"""Telling the story: the same services that people use, with the clock set back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.accounts.models import User
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.permissions import ROLES
from apps.dev.demo import story
from apps.events.interface import publish
from apps.radar.services.competitors import competitor_add
from apps.radar.services.signals import signal_add
from apps.tenancy.events import MemberAdded
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.workspaces import workspace_create

BEGINNING = timedelta(days=56)


def is_told() -> bool:
    """Tell whether the demo data is there. It is written in one transaction, so some of it means all."""
    return User.objects.filter(email=story.WORKSPACES[0].people[0].email).exists()


@transaction.atomic
def tell() -> None:
    """Write the demo data."""
    now = clock.now()
    for told in story.WORKSPACES:
        people = {person.name.split()[0]: (person, _person(person)) for person in told.people}
        owner = next(iter(people.values()))[1]
        with clock.stopped_at(now - BEGINNING):
            tenant = workspace_create(name=told.name, slug=told.slug, owner_id=owner.id)
            for person, user in list(people.values())[1:]:
                _join(tenant, user, person.role)
            with acting(tenant, owner, "owner"):
                competitors = {
                    name: competitor_add(name=name, website=website, notes=notes).id
                    for name, website, notes in told.competitors
                }
        told_that_day: Counter[int] = Counter()
        for noticed in told.signals:
            person, user = people[noticed.by]
            moment = _moment(now, noticed.days_ago, told_that_day[noticed.days_ago])
            told_that_day[noticed.days_ago] += 1
            with clock.stopped_at(moment), acting(tenant, user, person.role):
                signal_add(
                    competitor_id=competitors[noticed.competitor],
                    title=noticed.title,
                    kind=noticed.kind,
                    importance=noticed.importance,
                )


def tenant_of(told: story.Workspace) -> Tenant:
    """Return a workspace of the story."""
    with scope.as_role("platform"):
        return Tenant.objects.select_related("cell").get(slug=told.slug)


def owner_of(told: story.Workspace) -> User:
    """Return the person who owns it."""
    return User.objects.get(email=told.people[0].email)


@contextmanager
def acting(tenant: Tenant, user: User, role: str) -> Iterator[None]:
    """Act as somebody in a workspace for the block."""
    with scope.use(
        tenant_id=tenant.id,
        cell=tenant.cell.schema_name,
        user_id=user.id,
        actor=scope.Actor(kind="person", id=user.id, label=user.display_name),
        membership_role=role,
        permissions=permissions.permissions_of(role),
    ):
        yield


def _person(told: story.Person) -> User:
    found = User.objects.filter(email=told.email).first()
    if found:
        return found
    user = User.objects.create_user(told.email, story.PASSWORD, name=told.name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _join(tenant: Tenant, user: User, role: str) -> None:
    """Make somebody a member, without the mails that an invitation would send weeks late."""
    with acting(tenant, user, role):
        membership = Membership.objects.create(tenant=tenant, user=user, role=role)
        audit().record(
            action="members.joined",
            target_type="membership",
            target_id=membership.id,
            target_label=user.display_name,
            after={"role": str(ROLES[role])},
        )
        publish(MemberAdded(membership_id=membership.id, user_id=user.id, role=role))


def _moment(now: datetime, days_ago: int, nth: int) -> datetime:
    """Return the time of that day's nth signal, from 0: in working hours, before now, each after the last."""
    if days_ago == 0:
        return now - timedelta(minutes=20 - nth)
    day = (now - timedelta(days=days_ago)).replace(hour=8, minute=0, second=0, microsecond=0)
    return day + timedelta(minutes=days_ago * 37 % 240 + nth * 53)
