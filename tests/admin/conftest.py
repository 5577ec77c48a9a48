"""Staff, and what the audit log says of them."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import scope
from apps.tenancy.models import Cell, Tenant
from tests import databases
from tests.bookshop.models import Shelf
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person


@pytest.fixture
def staff_member(db: None) -> User:
    with scope.as_role("platform"):
        return person(name="Sam Staff", is_staff=True)


@pytest.fixture
def staff(staff_member: User, signed_in: Callable[[User], Client]) -> Client:
    """The browser of a member of staff, with the home page open."""
    browser = signed_in(staff_member)
    browser.get("/admin/")
    return browser


@pytest.fixture(scope="module")
def silo_schema(django_db_setup: None) -> Iterator[str]:
    """A schema that holds shelves, as far as the back office cares."""
    name = "silo_backoffice"
    with databases.administrator(connection.settings_dict["NAME"]) as administrator:
        administrator.execute(f"create schema {name} authorization tenon_owner")
        administrator.execute(f"create table {name}.bookshop_shelf (like pool.bookshop_shelf including all)")
        administrator.execute(f"grant usage on schema {name} to tenon_app, tenon_platform")
        administrator.execute(f"grant select, insert on {name}.bookshop_shelf to tenon_app, tenon_platform")
        yield name
        administrator.execute(f"drop schema {name} cascade")


@pytest.fixture
def silo(silo_schema: str, db: None) -> Tenant:
    """A workspace with a schema of its own, and a shelf called Siloed in it."""
    with scope.as_role("platform"):
        Cell.objects.create(schema_name=silo_schema, kind=Cell.Kind.SILO)
    tenant = workspaces.workspace(cell=silo_schema)
    with workspaces.scope_of(tenant), transaction.atomic():
        Shelf.objects.create(name="Siloed")
    return tenant


@pytest.fixture
def recorded() -> Callable[[], list[AuditEntry]]:
    """Return what staff's looks and changes left in all audit logs, oldest first."""

    def entries() -> list[AuditEntry]:
        with scope.as_role("platform"):
            found = AuditEntry.objects.select_related("detail").order_by("id")
            return [entry for entry in found if entry.action.startswith("backoffice.")]

    return entries
