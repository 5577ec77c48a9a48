"""Workspaces, members and keys for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

from django.db import transaction
from django.test import Client
from PIL import Image

from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.core import clock, permissions, scope
from apps.tenancy.models import Membership, SupportSession, Tenant
from apps.tenancy.services.hosts import host_add
from apps.tenancy.services.logo import logo_set
from apps.tenancy.services.workspaces import workspace_create
from tests.factories.accounts import person

_number = count(1)


def workspace(**details: Any) -> Tenant:
    """Make a workspace with an owner."""
    details = {"name": f"Workspace {next(_number)}"} | details
    owner = details.pop("owner", None) or person()
    return workspace_create(owner_id=owner.id, **details)


def member(tenant: Tenant, role: str = "member", **details: Any) -> User:
    """Make a person and put them into a workspace."""
    user = details.pop("user", None) or person(**details)
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


@contextmanager
def scope_of(tenant: Tenant, role: str = "owner", user: User | None = None) -> Iterator[scope.Scope]:
    """Enter a workspace's scope as a person with a role; by default as some owner."""
    actor = user or _somebody(tenant, role)
    with scope.use(tenant_id=tenant.id):
        allowed = permissions.role(role).permissions
    with scope.use(
        tenant_id=tenant.id,
        cell=tenant.cell.schema_name,
        user_id=actor.id,
        actor=scope.Actor(kind="person", id=actor.id, label=actor.display_name),
        membership_role=role,
        permissions=allowed,
    ) as now:
        yield now


@contextmanager
def acting_as(user: User) -> Iterator[scope.Scope]:
    """Enter the scope of a person who is in no workspace."""
    actor = scope.Actor(kind="person", id=user.id, label=user.display_name)
    with scope.use(user_id=user.id, actor=actor) as now:
        yield now


def api_client(tenant: Tenant, role: str = "admin", **limits: Any) -> Client:
    """Return a client that sends an API key of a workspace."""
    return Client(headers=key_headers(tenant, role, **limits))


def key_headers(tenant: Tenant, role: str = "admin", **limits: Any) -> dict[str, str]:
    """Make an API key of a workspace, and return the headers that present it."""
    with scope_of(tenant):
        _key, presented = key_create(name="Test key", role=role, lifetime=timedelta(days=1), **limits)
    return {"authorization": f"Bearer {presented}"}


def _somebody(tenant: Tenant, role: str) -> User:
    with scope.use(tenant_id=tenant.id):
        found = Membership.objects.select_related("user").filter(tenant=tenant, role=role).first()
    return found.user if found else member(tenant, role)


def picture() -> bytes:
    """Return a small PNG."""
    drawn = BytesIO()
    Image.new("RGB", (30, 20), "red").save(drawn, "PNG")
    return drawn.getvalue()


def tell(mark: str) -> None:
    """Fill the workspace in scope for the leak test (tests/architecture/leaks/story.py)."""
    logo_set(content=picture())
    host_add(host=f"{mark}.example")
    with transaction.atomic():
        SupportSession.objects.create(
            staff_id=scope.user_id(),
            user_id=scope.user_id(),
            reason=f"Reason {mark}",
            ticket=f"Ticket {mark}",
            until=clock.now() + timedelta(days=365),  # so that no task ends it
        )
