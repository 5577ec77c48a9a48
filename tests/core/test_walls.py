"""The two walls between tenants, each with the other switched off."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core import scope
from apps.core.db.walls import TenantScopeMissing
from apps.tenancy.models import Tenant
from tests.bookshop.models import Book, Shelf

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def shelf(tenant: Tenant, as_tenant: InTenant) -> Shelf:
    with as_tenant(tenant), transaction.atomic():
        return Shelf.objects.create(name="Acme")


@pytest.fixture
def second_wall_off() -> object:
    with patch("apps.core.db.backend.compiler.refuse_unscoped") as off:
        yield off


class TestRowSecurity:
    """The first wall, alone."""

    pytestmark = pytest.mark.usefixtures("second_wall_off")

    def test_without_a_scope_there_are_no_rows(self, shelf: Shelf) -> None:
        with scope.use(cell="pool"):
            assert Shelf.objects.count() == 0

    def test_a_tenant_sees_its_own_rows_only(
        self, shelf: Shelf, other_tenant: Tenant, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant):
            assert list(Shelf.objects.all()) == []
        with as_tenant(tenant):
            assert list(Shelf.objects.all()) == [shelf]

    def test_another_tenants_row_is_not_changed_or_deleted(
        self, shelf: Shelf, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), transaction.atomic():
            assert Shelf.objects.filter(id=shelf.id).update(name="Stolen") == 0
            assert Shelf.objects.filter(id=shelf.id).delete()[0] == 0

    def test_a_row_for_another_tenant_is_refused(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), pytest.raises(ProgrammingError, match="row-level security"):
            with transaction.atomic():
                Shelf.objects.create(tenant_id=tenant.id, name="Planted")

    def test_a_row_can_not_point_into_another_tenant(
        self, shelf: Shelf, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), pytest.raises(IntegrityError, match="same_tenant"):
            with transaction.atomic():
                Book.objects.create(shelf_id=shelf.id, title="Foreign")

    def test_raw_sql_sees_no_more(self, shelf: Shelf) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pool.bookshop_shelf")
            assert cursor.fetchone() == (0,)


class TestScopeDemanded:
    """The second wall: it answers before the database is asked."""

    def test_building_a_queryset_never_raises(self, db: None) -> None:
        Shelf.objects.filter(name="Acme").order_by("name")

    @pytest.mark.parametrize("manager", ["objects", "_base_manager", "_default_manager"])
    def test_every_manager_raises_when_evaluated(self, db: None, manager: str) -> None:
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing, match="bookshop_shelf"):
            list(getattr(Shelf, manager).all())

    def test_writes_raise(self, db: None) -> None:
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing), transaction.atomic():
            Shelf.objects.create(name="Nobody's")

    def test_a_tenant_table_in_a_subquery_raises(self, db: None) -> None:
        from apps.accounts.models import User

        found = User.objects.filter(id__in=Shelf.objects.values("tenant_id"))
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing):
            list(found)

    def test_writes_need_a_transaction(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(transaction.TransactionManagementError):
            Shelf.objects.create(name="Hasty")
