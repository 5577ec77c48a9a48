"""A prepared queryset gives what the queryset gives, behind the same walls."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from apps.core import scope
from apps.core.db.prepared import Prepared
from apps.core.db.walls import TenantScopeMissing
from apps.radar.models import Competitor, Signal
from apps.tenancy.models import Tenant
from apps.tenancy.selectors import active_membership, memberships_of
from tests.factories import radar

InTenant = Callable[..., AbstractContextManager[scope.Scope]]

named = Prepared(lambda name: Competitor.objects.filter(name=name).order_by("id"), str)
about = Prepared(
    lambda competitor_id: Signal.objects.select_related("competitor").filter(competitor_id=competitor_id),
    UUID,
)


def test_rows_are_those_of_the_queryset(tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant):
        first, second = radar.competitor(name="First"), radar.competitor(name="Second")

        for wanted in (first, second, first):
            (found,) = named.rows(wanted.name)
            assert found == wanted
            assert found.created_at == wanted.created_at
            assert not found._state.adding
        assert named.rows("Third") == []


def test_related_rows_come_along(tenant: Tenant, as_tenant: InTenant, django_assert_num_queries: Any) -> None:
    with as_tenant(tenant) as now:
        wanted = radar.signal()
        assert now.user_id
        (expected,) = memberships_of(now.user_id)

        with django_assert_num_queries(2):
            (found,) = about.rows(wanted.competitor_id)
            assert found.competitor.name == wanted.competitor.name
            (membership,) = active_membership.rows(now.user_id, tenant.id)
            assert membership.tenant.cell.schema_name == "pool"
        assert membership == expected


def test_each_tenant_sees_its_own(tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant):
        radar.competitor(name="Ours")
        assert len(named.rows("Ours")) == 1
    with as_tenant(other_tenant):
        assert named.rows("Ours") == []


def test_without_a_tenant_it_is_refused(tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant):
        about.rows(uuid4())

    with pytest.raises(TenantScopeMissing):
        about.rows(uuid4())


def test_every_argument_must_be_used(tenant: Tenant, as_tenant: InTenant) -> None:
    deaf = Prepared(lambda name: Competitor.objects.all(), str)

    with as_tenant(tenant), pytest.raises(ValueError, match="not in list"):
        deaf.rows("Ours")


def test_the_session_plans_the_statement_once(tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant), connection.cursor() as cursor:
        for _time in range(8):
            named.rows("Ours")
        cursor.execute(
            "select generic_plans from pg_prepared_statements where statement like %s",
            ['%"radar_competitor"."name" = $1%'],
        )
        [(kept,)] = cursor.fetchall()
    assert kept >= 3
