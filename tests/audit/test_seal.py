"""The seal of the log: that nobody waits for it, and that each way of bending the log is told apart and named."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from apps.audit.chain import documents, heads, keys
from apps.audit.chain.sealing import BODIES, seal
from apps.audit.chain.verification import Fault, verify
from apps.audit.interface import Filters, audit
from apps.audit.models import AuditBatch, AuditEntry, AuditPending
from apps.core import clock, scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests import databases
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces


def record(target: str = "Li Wei") -> None:
    with transaction.atomic():
        audit().record(
            action="members.removed",
            target_type="membership",
            target_id=new_id(),
            target_label=target,
            after={"note": 'Ünï "code" \\ \n\t\x7f', "count": 3, "none": None},
        )


def seal_all() -> None:
    while seal():
        continue


def sealed(tenant: Tenant, *, of_batch: int = 0) -> list[UUID]:
    """Return the entries of a log, or of one of its batches, in the order they were sealed in."""
    with scope.as_role("platform"):
        batches = AuditBatch.objects.filter(tenant_id=tenant.id).order_by("number")
        return [entry for batch in batches for entry in batch.entry_ids if of_batch in (0, batch.number)]


def faults(tenant: Tenant) -> list[tuple[str, UUID | None]]:
    return [(finding.fault, finding.entry_id) for finding in verify(tenant.id).findings]


def texts(tenant: Tenant) -> list[str]:
    return [finding.text for finding in verify(tenant.id).findings]


@pytest.fixture
def log(tenant: Tenant) -> Iterator[Tenant]:
    """A workspace with three batches in its log; in its owner's scope."""
    with workspaces.scope_of(tenant):
        for _batch in range(3):
            for number in range(4):
                record(f"Member {number}")
            seal_all()
        assert verify(tenant.id)
        yield tenant


@pytest.fixture
def bend(transactional_db: None) -> Iterator[Callable[..., None]]:
    """Run a statement as the database's administrator, past walls, grants and triggers."""
    with databases.administrator(connection.settings_dict["NAME"]) as db:
        db.execute("set session_replication_role = replica")

        def run(statement: Any, *values: Any) -> None:
            assert db.execute(statement, values).rowcount > 0

        yield run


@pytest.mark.django_db(transaction=True)
class TestTampering:
    def test_an_edited_entry_is_named(self, log: Tenant, bend: Any) -> None:
        entry = sealed(log)[5]
        bend("update audit_entry set action = 'members.joined' where id = %s", entry)

        assert faults(log) == [(Fault.EDITED, entry)]
        assert texts(log) == [f"Entry 6 ({entry}) was changed."]

    def test_every_column_of_an_entry_is_sealed(self, log: Tenant, bend: Any) -> None:
        changes = (
            "tenant_id = gen_random_uuid()",
            "occurred_at = occurred_at + interval '1 microsecond'",
            "action = 'members.joined'",
            "actor_kind = 'staff'",
            "actor_id = gen_random_uuid()",
            "on_behalf_of_id = gen_random_uuid()",
            "target_type = 'key'",
            "target_id = null",
            "field_names = '[]'",
            "request_id = 'other'",
            "session_id = 'other'",
            "details_digest = repeat('0', 64)",
        )
        entries = sealed(log)[: len(changes)]
        for change, entry in zip(changes, entries, strict=True):
            bend(f"update audit_entry set {change} where id = %s", entry)

        assert [entry for fault, entry in faults(log) if fault == Fault.EDITED] == entries

    def test_a_deleted_entry_is_named(self, log: Tenant, bend: Any) -> None:
        entry = sealed(log)[5]
        bend("delete from audit_entry where id = %s", entry)

        assert faults(log) == [(Fault.DELETED, entry)]
        assert texts(log) == [f"Entry 6 ({entry}) was deleted."]

    def test_entries_that_changed_places_are_named(self, log: Tenant, bend: Any) -> None:
        one, other = sealed(log, of_batch=2)[:2]
        for entry, becomes in ((one, aside := new_id()), (other, one), (aside, other)):
            bend("update audit_entry set id = %s where id = %s", becomes, entry)

        named = {finding for finding in faults(log) if finding[0] == Fault.REORDERED}
        assert named == {(Fault.REORDERED, one), (Fault.REORDERED, other)}

    def test_a_batch_whose_entries_were_put_in_another_order_is_named(self, log: Tenant, bend: Any) -> None:
        bend(
            "update audit_batch set entry_ids = array_prepend(entry_ids[4], entry_ids[1:3]), entry_hashes = "
            "substr(entry_hashes, 97, 32) || substr(entry_hashes, 1, 96) where tenant_id = %s and number = 2",
            log.id,
        )
        assert faults(log) == [(Fault.REORDERED, None)]

    def test_batches_that_changed_places_are_named(self, log: Tenant, bend: Any) -> None:
        for number, becomes in ((1, 9), (2, 1), (9, 2)):
            bend(
                "update audit_batch set number = %s where tenant_id = %s and number = %s",
                becomes,
                log.id,
                number,
            )
        assert {fault for fault, _entry in faults(log)} == {Fault.FORGED, Fault.EDITED}

    def test_a_piece_cut_out_of_the_middle_is_named(self, log: Tenant, bend: Any) -> None:
        entries = sealed(log, of_batch=2)
        first = len(sealed(log, of_batch=1)) + 1
        bend("delete from audit_entry where id = any(%s)", entries)
        bend("delete from audit_batch where tenant_id = %s and number = 2", log.id)

        assert faults(log) == [(Fault.CUT, None)]
        assert texts(log) == [f"Batch 2 is missing, with entries {first} to {first + 3}."]

    def test_a_tail_whose_entries_were_cut_is_named(self, log: Tenant, bend: Any) -> None:
        entries = sealed(log, of_batch=3)
        bend("delete from audit_entry where id = any(%s)", entries)
        assert faults(log) == [(Fault.DELETED, entry) for entry in entries]

    def test_a_tail_whose_seal_was_cut_is_named(self, log: Tenant, bend: Any) -> None:
        entries = sealed(log, of_batch=3)
        bend("delete from audit_batch where tenant_id = %s and number = 3", log.id)
        assert faults(log) == [(Fault.UNSEALED, entry) for entry in entries]

    def test_an_entry_that_is_neither_waiting_nor_sealed_is_named(self, log: Tenant, bend: Any) -> None:
        record("Slipped past")
        entry = AuditEntry.objects.filter(tenant_id=log.id).latest("id").id
        bend("delete from audit_pending where entry_id = %s", entry)
        seal_all()
        assert faults(log) == [(Fault.UNSEALED, entry)]

    def test_an_entry_that_was_deleted_before_it_was_sealed_is_named(self, log: Tenant, bend: Any) -> None:
        record("Gone at once")
        entry = AuditEntry.objects.filter(tenant_id=log.id).latest("id").id
        bend("delete from audit_entry where id = %s", entry)
        seal_all()
        assert faults(log) == [(Fault.DELETED, entry)]

    def test_changed_details_are_named(self, log: Tenant, bend: Any) -> None:
        entry = sealed(log)[5]
        bend("update audit_detail set actor_label = 'Somebody else' where entry_id = %s", entry)
        assert faults(log) == [(Fault.DETAILS_EDITED, entry)]

    def test_details_that_were_deleted_without_a_receipt_are_named(self, log: Tenant, bend: Any) -> None:
        entry = sealed(log)[5]
        bend("delete from audit_detail where entry_id = %s", entry)
        assert faults(log) == [(Fault.DETAILS_DELETED, entry)]

    def test_an_edit_with_its_hash_mended_is_named(self, log: Tenant, bend: Any) -> None:
        """An administrator who knows how entries are hashed still has no key."""
        entry = sealed(log, of_batch=2)[0]
        bend("update audit_entry set action = 'members.joined' where id = %s", entry)
        with scope.as_role("platform"), connection.cursor() as cursor:
            cursor.execute(BODIES, [[entry]])
            mended = documents.sha256(cursor.fetchone()[1].encode()).digest()
        bend(
            "update audit_batch set entry_hashes = overlay(entry_hashes placing %s from 1)"
            " where tenant_id = %s and number = 2",
            mended,
            log.id,
        )
        assert faults(log) == [(Fault.EDITED, None)]
        assert "Batch 2 was changed" in texts(log)[0]

    def test_a_batch_signed_with_another_key_is_named(self, log: Tenant, bend: Any, settings: Any) -> None:
        settings.AUDIT_SIGNING_KEY = "B" * 43 + "="
        record()
        seal_all()
        settings.AUDIT_SIGNING_KEY = ""
        assert faults(log) == [(Fault.FORGED, None)]

    def test_an_erasure_that_nobody_signed_is_named(self, log: Tenant, bend: Any) -> None:
        for table in ("audit_entry", "audit_detail", "audit_batch"):
            bend(f"delete from {table} where tenant_id = %s", log.id)
        bend(
            "insert into audit_erasure (id, kind, workspace_id, erased_at, entries, details, digest, through, last,"
            " head, kid, signature, entry_ids)"
            " values (gen_random_uuid(), 'log', %s, now(), 1, 1, '', 3, 1, '', '', '', '{}')",
            log.id,
        )
        assert faults(log) == [(Fault.FORGED, None)]


@pytest.mark.django_db(transaction=True)
class TestExportedHeads:
    """What an administrator of the database can't reach."""

    @pytest.fixture(autouse=True)
    def _storage(self, settings: Any) -> None:
        memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        settings.STORAGES = settings.STORAGES | {heads.ALIAS: memory}

    def cut_tail(self, log: Tenant, bend: Any) -> None:
        bend("delete from audit_entry where id = any(%s)", sealed(log, of_batch=3))
        bend("delete from audit_batch where tenant_id = %s and number = 3", log.id)

    def test_a_tail_that_was_cut_with_its_seal_is_named(self, log: Tenant, bend: Any) -> None:
        assert audit().export_heads() == 1
        first, last = len(sealed(log)) - 3, len(sealed(log))
        self.cut_tail(log, bend)

        assert faults(log) == [(Fault.CUT, None)]
        assert texts(log) == [f"Batch 3 is missing, with entries {first} to {last}."]

    def test_a_whole_log_that_was_cut_is_named(self, log: Tenant, bend: Any) -> None:
        audit().export_heads()
        for table in ("audit_entry", "audit_batch"):
            bend(f"delete from {table} where tenant_id = %s", log.id)
        assert faults(log) == [(Fault.CUT, None)]

    def test_a_tail_that_was_written_anew_with_the_key_is_named(self, log: Tenant, bend: Any) -> None:
        audit().export_heads()
        self.cut_tail(log, bend)
        record("Another past")
        seal_all()
        assert faults(log) == [(Fault.FORGED, None)]

    def test_a_forged_head_is_named(self, log: Tenant) -> None:
        audit().export_heads()
        files = storages[heads.ALIAS]
        (name,) = files.listdir(str(log.id))[1]
        with files.open(f"{log.id}/{name}") as file:
            content = file.read().replace(b'"batch":3', b'"batch":4')
        files.save(f"{log.id}/{4:012}.json", ContentFile(content))
        assert faults(log) == [(Fault.FORGED, None)]

    def test_an_erased_workspace_is_no_cut_tail(self, log: Tenant) -> None:
        audit().export_heads()
        with transaction.atomic():
            audit().erase_log()
        assert verify(log.id)

    def test_each_head_is_written_once(self, log: Tenant) -> None:
        assert audit().export_heads() == 1
        assert audit().export_heads() == 0
        record()
        seal_all()
        assert audit().export_heads() == 1
        assert verify(log.id).heads == 2

    def test_what_was_sealed_long_ago_is_exported_by_the_command(self, log: Tenant) -> None:
        with clock.stopped_at(clock.now() + timedelta(days=2)):
            assert audit().export_heads() == 0
            call_command("audit", "export-heads", stdout=(out := StringIO()))
        assert out.getvalue() == "Heads exported: 1.\n"

    def test_without_a_place_it_is_said(self, log: Tenant, settings: Any) -> None:
        settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if name != heads.ALIAS}
        assert audit().export_heads() == 0
        call_command("audit", "verify", log.slug, stdout=(out := StringIO()))
        assert "AUDIT_HEADS_URL is not set" in out.getvalue()


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

    def test_an_erased_log_goes_on_after_its_receipt(self, log: Tenant) -> None:
        with transaction.atomic():
            audit().erase_log()
        record("Late")
        seal_all()

        report = verify(log.id)
        assert report
        assert (report.entries, report.batches) == (1, 1)
        (receipt,) = report.receipts
        assert receipt.through == 3

    def test_a_person_is_erased_and_the_chain_holds(self, log: Tenant) -> None:
        by_somebody_else = verify(log.id).entries
        with workspaces.scope_of(log) as now:
            record("By the person who goes")
            seal_all()
            with transaction.atomic():
                count = audit().erase_details(subject_ids=(now.user_id,))

        report = verify(log.id)
        assert report
        assert report.erased == count > 0
        assert report.entries == by_somebody_else + 1
        newest = audit().list_entries(filters=Filters()).entries[0]
        assert (newest.actor_label, newest.action) == ("—", "members.removed")

    def test_what_is_kept_long_enough_goes_with_a_receipt(self, log: Tenant, settings: Any) -> None:
        settings.AUDIT_KEEP_DAYS = 30
        plans.override(log, "audit.days", 7, ends_at=clock.now() + timedelta(days=999))
        gone = len(sealed(log))
        audit().export_heads()
        with clock.stopped_at(clock.now() + timedelta(days=31)):
            record("New")
            seal_all()
            assert audit().erase_past() == gone
            assert audit().erase_past() == 0

        report = verify(log.id)
        assert report
        assert (report.entries, report.batches) == (1, 1)
        assert report.receipts[0].through == 3

    @pytest.mark.parametrize(("keep", "shown", "days"), [(0, 7, 999), (30, 90, 60), (30, None, 999)])
    def test_what_the_plan_shows_is_kept(
        self, log: Tenant, settings: Any, keep: int, shown: int | None, days: int
    ) -> None:
        settings.AUDIT_KEEP_DAYS = keep
        plans.override(log, "audit.days", shown, ends_at=clock.now() + timedelta(days=1999))
        with clock.stopped_at(clock.now() + timedelta(days=days)):
            assert audit().erase_past() == 0

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


@pytest.mark.django_db(transaction=True)
class TestNobodyWaits:
    @pytest.fixture
    def sealing(self, log: Tenant) -> Iterator[None]:
        """Somebody seals the log, and does not come to an end."""
        record()
        began, end = Event(), Event()

        def hold() -> None:
            with scope.activate(scope.Scope(tenant_id=log.id)), transaction.atomic():
                assert seal()
                began.set()
                end.wait(30)
            connection.close()

        with ThreadPoolExecutor(1) as thread:
            holding = thread.submit(hold)
            began.wait(30)
            yield
            end.set()
            holding.result()

    def test_sixteen_writers_record_while_the_log_is_being_sealed(self, log: Tenant, sealing: None) -> None:
        def write(_number: int) -> None:
            with workspaces.scope_of(log):
                with connection.cursor() as cursor:
                    cursor.execute("set lock_timeout = '50ms'")
                for _entry in range(5):
                    record()
            connection.close()

        with ThreadPoolExecutor(16) as writers:
            list(writers.map(write, range(16)))
        with scope.as_role("platform"):
            assert AuditPending.objects.filter(tenant_id=log.id).count() >= 80

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
        recorded, may_commit = Event(), Event()

        def write_slowly() -> None:
            with workspaces.scope_of(log), transaction.atomic():
                record("Late")
                recorded.set()
                may_commit.wait(30)
            connection.close()

        with ThreadPoolExecutor(1) as thread:
            writing = thread.submit(write_slowly)
            recorded.wait(30)
            record("Soon")
            seal_all()
            may_commit.set()
            writing.result()
        assert verify(log.id).waiting == 1
        seal_all()

        soon, late = sealed(log)[-2:]
        assert soon > late  # it was made before, and sealed after
        assert verify(log.id)


@pytest.mark.django_db(transaction=True)
class TestCommand:
    def verified(self, *arguments: str) -> str:
        call_command("audit", "verify", *arguments, stdout=(out := StringIO()))
        return out.getvalue()

    def test_it_says_what_it_found(self, log: Tenant, bend: Any) -> None:
        assert f"{log.id}: {len(sealed(log))} entries in 3 batches. Waiting: 0." in self.verified(log.slug)
        with scope.activate(scope.Scope()):
            record("Nobody's")
        assert "no-workspace: 0 entries in 0 batches. Waiting: 1." in self.verified()

        entry = sealed(log)[0]
        bend("delete from audit_entry where id = %s", entry)
        out = StringIO()
        with pytest.raises(CommandError, match="not what was sealed"):
            call_command("audit", "verify", str(log.id), stdout=out)
        assert f"deleted: Entry 1 ({entry}) was deleted." in out.getvalue()

    def test_it_seals(self, log: Tenant) -> None:
        record()
        call_command("audit", "seal", stdout=(out := StringIO()))
        assert out.getvalue() == "Entries sealed: 1.\n"

    def test_an_unknown_workspace_is_named(self) -> None:
        with pytest.raises(CommandError, match="no workspace 'nowhere'"):
            self.verified("nowhere")
