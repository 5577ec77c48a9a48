"""Putting entries into batches: whose, when, with which key; and that nobody waits for it."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.chain import documents, keys
from apps.audit.chain.sealing import BODIES, seal
from apps.audit.chain.verification import verify
from apps.audit.models import AuditBatch, AuditEntry, AuditPending
from apps.core import scope
from apps.tenancy.models import Tenant
from tests.audit.logs import record, seal_all, sealed
from tests.factories import tenancy as workspaces


class TestSealing:
    def test_a_change_of_key_keeps_the_old_batches_good(self, log: Tenant, settings: Any) -> None:
        (before,) = keys.public_keys().values()
        settings.AUDIT_SIGNING_KEY, settings.AUDIT_FORMER_KEYS = "A" * 43 + "=", [before]
        record()
        seal_all()

        assert verify(log.id)
        assert len(keys.public_keys()) == 2

    def test_each_log_is_a_chain_of_its_own_and_so_is_what_belongs_to_none(
        self, log: Tenant, other_tenant: Tenant
    ) -> None:
        with workspaces.scope_of(other_tenant):
            record()
        with scope.activate(scope.Scope()):
            record("Nobody's")
            seal_all()

        assert all(verify(each) for each in (log.id, other_tenant.id, None))
        with scope.as_role("platform"):
            assert AuditBatch.objects.get(tenant_id=other_tenant.id).number == 1
            assert AuditBatch.objects.filter(tenant_id=None).exists()

    def test_a_scope_seals_its_own_log_alone(self, log: Tenant, other_tenant: Tenant) -> None:
        with workspaces.scope_of(other_tenant):
            record()
        record()
        seal_all()
        assert not AuditPending.objects.filter(tenant_id=log.id).exists()
        with scope.as_role("platform"):
            assert AuditPending.objects.filter(tenant_id=other_tenant.id).exists()

    def test_many_entries_are_sealed_in_several_batches(
        self, log: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.audit.chain.sealing.BATCH", 2)
        for _entry in range(5):
            record()
        seal_all()
        report = verify(log.id)
        assert report
        assert report.batches == 6

    @pytest.mark.parametrize(
        ("role", "statement"),
        [
            ("app", "insert into audit_pending (entry_id) values (gen_random_uuid())"),
            ("platform", "insert into audit_pending (entry_id) values (gen_random_uuid())"),
            ("app", "delete from audit_pending"),
            ("app", "insert into audit_batch select * from audit_batch"),
            ("app", "select audit_erase_tenant('{}')"),
            ("app", "select audit_erase_past('{}')"),
            ("app", "select audit_erase_details('{}')"),
            ("platform", "update audit_batch set number = 1"),
            ("platform", "delete from audit_batch"),
            ("platform", "update audit_erasure set entries = 0"),
            ("platform", "insert into audit_erasure select * from audit_erasure"),
        ],
    )
    def test_what_the_database_refuses(self, log: Tenant, role: Any, statement: str) -> None:
        with scope.as_role(role), pytest.raises(DatabaseError, match="permission denied"):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_python_writes_an_entry_as_the_database_does(self, log: Tenant) -> None:
        """So that whoever has an export needs no database."""
        entry = AuditEntry.objects.filter(tenant_id=log.id).latest("id")
        with connection.cursor() as cursor:
            cursor.execute(BODIES, [[entry.id]])
            _id, body = cursor.fetchone()
        columns = [
            str(entry.tenant_id),
            documents.written(entry.occurred_at),
            entry.action,
            entry.actor_kind,
            str(entry.actor_id),
            None,
            entry.target_type,
            str(entry.target_id),
            entry.field_names,
            entry.request_id,
            entry.session_id,
            entry.details_digest,
        ]
        assert json.dumps(columns, ensure_ascii=False) == body


@contextmanager
def open_elsewhere(log: Tenant, act: Callable[[], Any]) -> Iterator[None]:
    """Have somebody else do something in a transaction that stays open for the block."""
    began, may_end = Event(), Event()

    def hold() -> None:
        with workspaces.scope_of(log), transaction.atomic():
            act()
            began.set()
            may_end.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        holding = thread.submit(hold)
        began.wait(30)
        try:
            yield
        finally:
            may_end.set()
        holding.result()


def wait_for_no_lock() -> None:
    """Have the database refuse what waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = '50ms'")


@pytest.mark.django_db(transaction=True)
class TestNobodyWaits:
    @pytest.fixture
    def sealing(self, log: Tenant) -> Iterator[None]:
        """Somebody seals the log, and does not come to an end."""
        record()
        with open_elsewhere(log, seal):
            yield

    def test_sixteen_writers_record_while_the_log_is_being_sealed(self, log: Tenant, sealing: None) -> None:
        def write(_number: int) -> None:
            with workspaces.scope_of(log):
                wait_for_no_lock()
                for _entry in range(5):
                    record()
            connection.close()

        with ThreadPoolExecutor(16) as writers:
            list(writers.map(write, range(16)))
        with scope.as_role("platform"):
            assert AuditPending.objects.filter(tenant_id=log.id).count() >= 80

    def test_who_has_not_committed_keeps_nobody_from_recording_and_sealing(self, log: Tenant) -> None:
        before = len(sealed(log))
        with open_elsewhere(log, record):
            wait_for_no_lock()
            record("Soon")
            seal_all()
            record("Later")
            assert len(sealed(log)) == before + 1
        connection.close()

    def test_another_sealer_goes_on_with_other_logs(
        self, log: Tenant, other_tenant: Tenant, sealing: None
    ) -> None:
        with workspaces.scope_of(other_tenant):
            record()
        with scope.activate(scope.Scope()):
            seal_all()
        with scope.as_role("platform"):
            assert AuditBatch.objects.filter(tenant_id=other_tenant.id).exists()

    def test_a_late_commit_comes_into_the_next_batch(self, log: Tenant) -> None:
        with open_elsewhere(log, lambda: record("Late")):
            record("Soon")
            seal_all()
        assert verify(log.id).waiting == 1
        seal_all()

        soon, late = sealed(log)[-2:]
        assert soon > late  # it was made before, and sealed after
        assert verify(log.id)
