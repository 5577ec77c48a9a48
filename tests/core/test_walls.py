"""The two walls between tenants, each with the other switched off."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from apps.core import scope
from apps.core.db.walls import TenantScopeMissing
from apps.radar.models import Competitor, Signal
from apps.tenancy.models import Tenant

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def competitor(tenant: Tenant, as_tenant: InTenant) -> Competitor:
    with as_tenant(tenant), transaction.atomic():
        return Competitor.objects.create(name="Acme")


@pytest.fixture
def second_wall_off() -> object:
    with patch("apps.core.db.backend.compiler.refuse_unscoped") as off:
        yield off


class TestRowSecurity:
    """The first wall, alone."""

    pytestmark = pytest.mark.usefixtures("second_wall_off")

    def test_without_a_scope_there_are_no_rows(self, competitor: Competitor) -> None:
        with scope.use(cell="pool"):
            assert Competitor.objects.count() == 0

    def test_a_tenant_sees_its_own_rows_only(
        self, competitor: Competitor, other_tenant: Tenant, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant):
            assert list(Competitor.objects.all()) == []
        with as_tenant(tenant):
            assert list(Competitor.objects.all()) == [competitor]

    def test_another_tenants_row_is_not_changed_or_deleted(
        self, competitor: Competitor, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), transaction.atomic():
            assert Competitor.objects.filter(id=competitor.id).update(name="Stolen") == 0
            assert Competitor.objects.filter(id=competitor.id).delete()[0] == 0

    def test_a_row_for_another_tenant_is_refused(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), pytest.raises(ProgrammingError, match="row-level security"):
            with transaction.atomic():
                Competitor.objects.create(tenant_id=tenant.id, name="Planted")

    def test_a_row_can_not_point_into_another_tenant(
        self, competitor: Competitor, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), pytest.raises(IntegrityError, match="same_tenant"):
            with transaction.atomic():
                Signal.objects.create(competitor_id=competitor.id, title="Foreign", kind="press")

    def test_raw_sql_sees_no_more(self, competitor: Competitor) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pool.radar_competitor")
            assert cursor.fetchone() == (0,)


class TestScopeDemanded:
    """The second wall: it answers before the database is asked."""

    def test_building_a_queryset_never_raises(self, db: None) -> None:
        Competitor.objects.filter(name="Acme").order_by("name")

    @pytest.mark.parametrize("manager", ["objects", "_base_manager", "_default_manager"])
    def test_every_manager_raises_when_evaluated(self, db: None, manager: str) -> None:
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing, match="radar_competitor"):
            list(getattr(Competitor, manager).all())

    def test_writes_raise(self, db: None) -> None:
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing), transaction.atomic():
            Competitor.objects.create(name="Nobody's")

    def test_a_tenant_table_in_a_subquery_raises(self, db: None) -> None:
        from apps.accounts.models import User

        found = User.objects.filter(id__in=Competitor.objects.values("tenant_id"))
        with scope.use(cell="pool"), pytest.raises(TenantScopeMissing):
            list(found)

    def test_writes_need_a_transaction(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(transaction.TransactionManagementError):
            Competitor.objects.create(name="Hasty")
