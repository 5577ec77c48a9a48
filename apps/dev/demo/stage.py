"""Where the demo data is told: a workspace, its people, and a clock that is set back."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.core import clock, permissions, scope
from apps.dev.demo.story import Workspace
from apps.tenancy.models import Tenant

BEGINNING = timedelta(days=56)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A workspace that exists, with its people and their roles by first name; the owner comes first."""

    workspace: Workspace
    tenant: Tenant
    people: Mapping[str, tuple[User, str]]
    now: datetime

    def at_the_beginning(self) -> AbstractContextManager[None]:
        """Be the owner, eight weeks ago, for the block."""
        return self.at(self.now - BEGINNING, by=next(iter(self.people)))

    @contextmanager
    def at(self, moment: datetime, *, by: str) -> Iterator[None]:
        """Be somebody at some time for the block."""
        user, role = self.people[by]
        with clock.stopped_at(moment), acting(self.tenant, user, role):
            yield


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
