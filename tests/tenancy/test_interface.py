"""What other modules may ask about workspaces; every implementation of the interface answers alike."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import User
from apps.core import placement, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.tenancy.interface import SlugTaken, Tenancy, WorkspaceNotFound, tenancy
from apps.tenancy.local import LocalTenancy
from apps.tenancy.models import Tenant

pytestmark = pytest.mark.django_db

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture(params=[LocalTenancy])
def workspaces(request: pytest.FixtureRequest) -> Tenancy:
    return request.param()  # type: ignore[no-any-return]


def test_the_configured_implementation_is_the_local_one() -> None:
    assert isinstance(tenancy(), LocalTenancy)


def test_links_lead_to_the_product_where_a_workspace_has_no_host_of_its_own(
    workspaces: Tenancy, tenant: Tenant, as_tenant: InTenant, settings: Any
) -> None:
    with as_tenant(tenant):
        assert workspaces.get_base_url(tenant_id=tenant.id) == settings.BASE_URL


class TestGetWorkspace:
    def test_the_one_in_scope(self, workspaces: Tenancy, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            found = workspaces.get_workspace(tenant_id=tenant.id)

        assert (found.id, found.name, found.slug, found.cell) == (tenant.id, tenant.name, tenant.slug, "pool")

    def test_another_one_is_not_found(
        self, workspaces: Tenancy, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant), pytest.raises(WorkspaceNotFound):
            workspaces.get_workspace(tenant_id=other_tenant.id)


class TestListWorkspaces:
    def test_a_persons_own_by_name(self, workspaces: Tenancy, person: User, other_tenant: Tenant) -> None:
        for name in ("Bravo", "Alfa"):
            workspaces.create_workspace(name=name, owner_id=person.id)

        with scope.use(user_id=person.id):
            found = workspaces.list_workspaces(user_id=person.id)

        assert [workspace.name for workspace in found] == ["Alfa", "Bravo"]

    def test_not_somebody_elses(self, workspaces: Tenancy, tenant: Tenant, person: User) -> None:
        with scope.use(user_id=person.id):
            assert workspaces.list_workspaces(user_id=new_id()) == ()


class TestListMembers:
    def test_owners_first(
        self, workspaces: Tenancy, tenant: Tenant, member: Callable[..., User], as_tenant: InTenant
    ) -> None:
        member("viewer", name="Aaron")
        member("admin", name="Zoe")

        with as_tenant(tenant):
            found = workspaces.list_members(tenant_id=tenant.id)

        assert [one.role for one in found] == ["owner", "admin", "viewer"]
        assert found[2].name == "Aaron"


class TestCreateWorkspace:
    def test_it_is_placed_in_the_pool_with_its_owner(self, workspaces: Tenancy, person: User) -> None:
        made = workspaces.create_workspace(name="  Northwind   Analytics ", owner_id=person.id)

        assert (made.name, made.slug, made.cell) == ("Northwind Analytics", "northwind-analytics", "pool")
        assert placement.cell_of(made.id) == "pool"
        with scope.use(tenant_id=made.id):
            assert [one.user_id for one in workspaces.list_members(tenant_id=made.id)] == [person.id]

    def test_a_taken_address_made_from_the_name_gets_a_suffix(
        self, workspaces: Tenancy, person: User
    ) -> None:
        first, second = (workspaces.create_workspace(name="Northwind", owner_id=person.id) for _ in range(2))

        assert first.slug == "northwind"
        assert second.slug.startswith("northwind-")

    def test_a_taken_address_that_was_asked_for_is_refused(self, workspaces: Tenancy, person: User) -> None:
        workspaces.create_workspace(name="Northwind", owner_id=person.id)

        with pytest.raises(SlugTaken) as refused:
            workspaces.create_workspace(name="Other", slug="northwind", owner_id=person.id)
        assert "slug" in refused.value.fields

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": "   "}, "name"),
            ({"name": "x" * 81}, "name"),
            ({"name": "Acme", "slug": "-acme"}, "slug"),
            ({"name": "Acme", "slug": "a" * 41}, "slug"),
            ({"name": "Acme", "cell": "nowhere"}, "cell"),
        ],
    )
    def test_what_is_not_acceptable_is_named(
        self, workspaces: Tenancy, person: User, given: dict[str, str], field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            workspaces.create_workspace(owner_id=person.id, **given)
        assert field in refused.value.fields

    def test_ids_are_of_version_seven(self, workspaces: Tenancy, person: User) -> None:
        made = workspaces.create_workspace(name="Acme", owner_id=person.id)

        assert isinstance(made.id, UUID)
        assert made.id.version == 7
