"""Erasing a workspace: nothing of it is left, wherever it lived, and however often the run died."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from apps.audit.models import AuditErasure
from apps.core import clock, erasure, scope, storage
from apps.core.db.models import TenantModel
from apps.tenancy.interface import NotDue
from apps.tenancy.models import ErasureReceipt, Tenant
from apps.tenancy.services.addresses import workspace_change_slug
from apps.tenancy.services.erasing import digest, workspace_erase
from apps.tenancy.services.hosts import host_add
from apps.tenancy.services.invitations import invitation_create
from apps.tenancy.services.lifecycle import workspace_close, workspace_suspend
from tests import databases
from tests.factories import flags, products
from tests.factories import tenancy as workspaces

InTenant = Callable[..., AbstractContextManager[scope.Scope]]
SILO = "silo_erased"


def full_workspace(**details: Any) -> Tenant:
    """Make a workspace with something in every module."""
    tenant = workspaces.workspace(**details)
    workspaces.member(tenant, "viewer")
    workspaces.api_client(tenant)
    flags.exception("radar.new_chart", tenant, "on")
    with workspaces.scope_of(tenant):
        products.tell("there")
        storage.store("report.csv", b"a,b")
        workspace_change_slug(slug=f"{tenant.slug}-renamed")
        host_add(host="radar.acme.com")
        invitation_create(email="li@acme.test", role="member")
    return tenant


def close(tenant: Tenant, *, days_ago: int = 31) -> None:
    with clock.stopped_at(clock.now() - timedelta(days=days_ago)), workspaces.scope_of(tenant):
        workspace_close(confirm=Tenant.objects.get().slug)


def run(*args: str) -> str:
    out = StringIO()
    call_command("erase_workspaces", *args, stdout=out, stderr=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def administrator(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    with databases.administrator(connection.settings_dict["NAME"]) as db:
        yield db


#: What may tell that there was once a workspace of that id.
TRACES = {
    "public.tenancy_erasurereceipt.workspace_id": 1,
    "public.audit_erasure.workspace_id": 1,
    "public.audit_entry.target_id": 1,
}


class TestErasing:
    def test_leaves_no_row_in_the_pool_and_others_alone(self, administrator: Any) -> None:
        tenant, neighbour = full_workspace(), full_workspace()
        before = databases.rows_of(administrator, neighbour.id)
        close(tenant)

        said = run("--yes")

        assert ": erased, " in said
        assert databases.rows_of(administrator, tenant.id) == TRACES
        assert not storages["tenants"].exists(str(tenant.id))
        assert databases.rows_of(administrator, neighbour.id) == before
        assert storages["tenants"].exists(str(neighbour.id))

    def test_leaves_no_row_in_a_silo_and_frees_it(self, administrator: Any) -> None:
        call_command("cell", "open", SILO, verbosity=0, stdout=StringIO())
        try:
            tenant = full_workspace(cell=SILO)
            close(tenant)

            run("--yes")

            assert databases.rows_of(administrator, tenant.id) == TRACES
            assert workspaces.workspace(cell=SILO).cell.schema_name == SILO
        finally:
            connection.close()
            databases.empty(connection.settings_dict["NAME"])
            administrator.execute("delete from tenancy_cell where schema_name = %s", [SILO])
            administrator.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(SILO)))

    def test_a_run_that_died_is_begun_again_and_counts_everything_once(
        self, administrator: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tenant = full_workspace()
        close(tenant)
        erasers = dict(erasure._erasers)

        def die(*, tenant_id: UUID) -> dict[str, int]:
            raise RuntimeError("The power failed.")

        monkeypatch.setitem(erasure._erasers, "accounts", die)
        with pytest.raises(CommandError, match=tenant.slug):
            run("--yes")
        assert "begun and not finished" in run()
        monkeypatch.setitem(erasure._erasers, "accounts", erasers["accounts"])

        run("--yes")

        assert databases.rows_of(administrator, tenant.id) == TRACES
        with scope.as_role("platform"):
            counts = ErasureReceipt.objects.get().counts
        assert (counts["bookshop_book"], counts["accounts_apikey"], counts["tenancy_membership"]) == (1, 1, 2)

    def test_every_module_with_rows_of_tenants_has_an_eraser(self) -> None:
        tables = [model for model in apps.get_models() if issubclass(model, TenantModel)]

        assert {model._meta.app_config.name.rpartition(".")[2] for model in tables} <= dict(
            erasure.registered()
        ).keys()


class TestReceipt:
    def test_says_who_when_and_how_much_and_no_name(self, tenant: Tenant) -> None:
        close(tenant)

        receipt = workspace_erase(tenant_id=tenant.id)

        with scope.as_role("platform"):
            log = AuditErasure.objects.get()
        assert receipt.erased_at
        assert receipt.requested_by_id
        assert receipt.counts["audit_entry"] == log.entries == 2
        assert receipt.digest == digest(receipt)
        assert len(log.digest) == 64
        assert tenant.name not in str(receipt.__dict__)

    def test_is_out_of_reach_for_the_application(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with (
            as_tenant(tenant),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            ErasureReceipt.objects.exists()


class TestWhatIsDue:
    def test_nothing_is_erased_in_a_rehearsal(self, tenant: Tenant) -> None:
        close(tenant)

        said = run()

        assert tenant.name in said
        assert "Nothing was erased" in said
        with scope.as_role("platform"):
            assert Tenant.objects.filter(id=tenant.id, erasing_at=None).exists()

    def test_nothing_is_erased_in_its_time_of_grace(self, tenant: Tenant) -> None:
        close(tenant, days_ago=29)

        assert "No workspace is due" in run("--yes")
        with pytest.raises(NotDue):
            workspace_erase(tenant_id=tenant.id)

    def test_an_open_workspace_is_not_erased(self, tenant: Tenant) -> None:
        with pytest.raises(NotDue):
            workspace_erase(tenant_id=tenant.id)

    def test_a_suspended_workspace_is_kept_until_staff_lift_it(self, tenant: Tenant) -> None:
        close(tenant)
        with scope.as_role("platform"):
            workspace_suspend(tenant_id=tenant.id, reason="A court wants to see it.")

        assert "No workspace is due" in run("--yes")
