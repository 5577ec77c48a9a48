"""Fixtures of the inbox."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.events.upkeep import deliver_due
from apps.notifications import selectors
from apps.notifications.models import Notification
from apps.tenancy.models import Tenant
from apps.tenancy.services.members import member_change_role
from tests.factories.tenancy import scope_of

Inbox = Callable[[User], list[Notification]]


@pytest.fixture
def inbox_of(tenant: Tenant) -> Inbox:
    """Return a person's inbox in `tenant`."""

    def read(user: User) -> list[Notification]:
        with scope_of(tenant, user=user):
            return list(selectors.inbox())

    return read


@pytest.fixture
def told(tenant: Tenant, member: Callable[..., User]) -> User:
    """A member whom the owner has just made an admin, and who has been told so."""
    person = member("member", name="Li Wei")
    change_role(tenant, person, "admin")
    return person


def change_role(tenant: Tenant, person: User, role: str) -> None:
    """Give a member a role, as the owner, and deliver the news."""
    from apps.tenancy.models import Membership

    with scope_of(tenant):
        membership = Membership.objects.get(user_id=person.id, tenant_id=tenant.id)
        member_change_role(membership_id=membership.id, role=role)
    deliver_due()
