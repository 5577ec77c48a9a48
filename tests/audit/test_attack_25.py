"""Attack case 25: whoever may write to the database bends the log. The application is refused; an administrator, whom
nothing in there can stop, is found out, and what they did is told apart and named.
"""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import DatabaseError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from apps.audit.chain import documents, heads
from apps.audit.chain.sealing import BODIES
from apps.audit.chain.verification import Fault, verify
from apps.audit.interface import audit
from apps.audit.models import AuditEntry
from apps.core import scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests import databases
from tests.audit.logs import faults, record, seal_all, sealed, texts

pytestmark = pytest.mark.django_db(transaction=True)
anchored = pytest.mark.usefixtures("storage_of_heads")
tables = pytest.mark.parametrize("table", ["audit_entry", "audit_detail", "audit_batch"])
changes = pytest.mark.parametrize(
    "change", ["update {} set tenant_id = tenant_id", "delete from {}", "truncate {}"]
)


def swap(bend: Any, one: UUID, other: UUID) -> None:
    """Have two entries change places."""
    for entry, becomes in ((one, aside := new_id()), (other, one), (aside, other)):
        bend("update audit_entry set id = %s where id = %s", becomes, entry)


def cut_tail(log: Tenant, bend: Any) -> None:
    """Cut the last batch off, with its entries and its seal."""
    bend("delete from audit_entry where id = any(%s)", sealed(log, of_batch=3))
    bend("delete from audit_batch where tenant_id = %s and number = 3", log.id)


@tables
@changes
@pytest.mark.parametrize("role", ["app", "platform"])
def test_25_the_application_may_not_edit_delete_or_truncate(
    log: Tenant, role: Any, table: str, change: str
) -> None:
    with scope.as_role(role), pytest.raises(DatabaseError, match="permission denied"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set action = 'members.joined'",
        "delete from audit_entry",
        "truncate audit_entry, audit_detail",
        "update audit_detail set actor_label = ''",
        "update audit_batch set number = 1",
        "delete from audit_batch",
        "truncate audit_batch",
    ],
)
def test_25_nor_may_an_administrator_who_leaves_the_triggers_alone(log: Tenant, statement: Any) -> None:
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        with pytest.raises(InsufficientPrivilege, match="append-only"):
            admin.execute(statement)


@anchored
def test_25_edited_deleted_reordered_cut_and_erased_are_told_apart(log: Tenant, bend: Any) -> None:
    audit().export_heads()
    edited, deleted, *_others = sealed(log, of_batch=1)
    one, other, erased, _last = sealed(log, of_batch=2)
    with transaction.atomic():
        audit().erase_details(subject_ids=(AuditEntry.objects.get(id=erased).target_id,))
    bend("update audit_entry set action = 'members.joined' where id = %s", edited)
    bend("delete from audit_entry where id = %s", deleted)
    swap(bend, one, other)
    cut_tail(log, bend)

    report = verify(log.id)

    about_entries = {found for found in faults(log) if found[0] != Fault.DETAILS_EDITED}
    assert about_entries == {
        (Fault.EDITED, edited),
        (Fault.DELETED, deleted),
        (Fault.REORDERED, one),
        (Fault.REORDERED, other),
        (Fault.CUT, None),
    }
    assert {f"Entry 1 ({edited}) was changed.", f"Entry 2 ({deleted}) was deleted."} < set(texts(log))
    assert report.erased == 1


def test_25_an_edited_entry_is_named(log: Tenant, bend: Any) -> None:
    entry = sealed(log)[5]
    bend("update audit_entry set action = 'members.joined' where id = %s", entry)

    assert faults(log) == [(Fault.EDITED, entry)]
    assert texts(log) == [f"Entry 6 ({entry}) was changed."]


def test_25_every_column_of_an_entry_is_sealed(log: Tenant, bend: Any) -> None:
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


def test_25_a_deleted_entry_is_named(log: Tenant, bend: Any) -> None:
    entry = sealed(log)[5]
    bend("delete from audit_entry where id = %s", entry)

    assert faults(log) == [(Fault.DELETED, entry)]
    assert texts(log) == [f"Entry 6 ({entry}) was deleted."]


def test_25_entries_that_changed_places_are_named(log: Tenant, bend: Any) -> None:
    one, other = sealed(log, of_batch=2)[:2]
    swap(bend, one, other)

    named = {finding for finding in faults(log) if finding[0] == Fault.REORDERED}
    assert named == {(Fault.REORDERED, one), (Fault.REORDERED, other)}


def test_25_a_batch_whose_entries_were_put_in_another_order_is_named(log: Tenant, bend: Any) -> None:
    bend(
        "update audit_batch set entry_ids = array_prepend(entry_ids[4], entry_ids[1:3]), entry_hashes = "
        "substr(entry_hashes, 97, 32) || substr(entry_hashes, 1, 96) where tenant_id = %s and number = 2",
        log.id,
    )
    assert faults(log) == [(Fault.REORDERED, None)]


@pytest.mark.parametrize("kept", ["substr(entry_hashes, 1, 96)", "substr(entry_hashes, 1, 100)"])
def test_25_a_batch_that_lacks_hashes_is_named(log: Tenant, bend: Any, kept: str) -> None:
    bend(f"update audit_batch set entry_hashes = {kept} where tenant_id = %s and number = 2", log.id)
    assert (Fault.EDITED, None) in faults(log)


def test_25_batches_that_changed_places_are_named(log: Tenant, bend: Any) -> None:
    for number, becomes in ((1, 9), (2, 1), (9, 2)):
        bend(
            "update audit_batch set number = %s where tenant_id = %s and number = %s",
            becomes,
            log.id,
            number,
        )
    assert {fault for fault, _entry in faults(log)} == {Fault.FORGED, Fault.EDITED}


def test_25_a_piece_cut_out_of_the_middle_is_named(log: Tenant, bend: Any) -> None:
    entries = sealed(log, of_batch=2)
    first = len(sealed(log, of_batch=1)) + 1
    bend("delete from audit_entry where id = any(%s)", entries)
    bend("delete from audit_batch where tenant_id = %s and number = 2", log.id)

    assert faults(log) == [(Fault.CUT, None)]
    assert texts(log) == [f"Batch 2 is missing, with entries {first} to {first + 3}."]


def test_25_a_tail_whose_entries_were_cut_is_named(log: Tenant, bend: Any) -> None:
    entries = sealed(log, of_batch=3)
    bend("delete from audit_entry where id = any(%s)", entries)
    assert faults(log) == [(Fault.DELETED, entry) for entry in entries]


def test_25_a_tail_whose_seal_was_cut_is_named(log: Tenant, bend: Any) -> None:
    entries = sealed(log, of_batch=3)
    bend("delete from audit_batch where tenant_id = %s and number = 3", log.id)
    assert faults(log) == [(Fault.UNSEALED, entry) for entry in entries]


def test_25_an_entry_that_is_neither_waiting_nor_sealed_is_named(log: Tenant, bend: Any) -> None:
    record("Slipped past")
    entry = AuditEntry.objects.filter(tenant_id=log.id).latest("id").id
    bend("delete from audit_pending where entry_id = %s", entry)
    seal_all()
    assert faults(log) == [(Fault.UNSEALED, entry)]


def test_25_an_entry_that_was_deleted_before_it_was_sealed_is_named(log: Tenant, bend: Any) -> None:
    record("Gone at once")
    entry = AuditEntry.objects.filter(tenant_id=log.id).latest("id").id
    bend("delete from audit_entry where id = %s", entry)
    seal_all()
    assert faults(log) == [(Fault.DELETED, entry)]


def test_25_changed_details_are_named(log: Tenant, bend: Any) -> None:
    entry = sealed(log)[5]
    bend("update audit_detail set actor_label = 'Somebody else' where entry_id = %s", entry)
    assert faults(log) == [(Fault.DETAILS_EDITED, entry)]


def test_25_details_that_were_deleted_without_a_receipt_are_named(log: Tenant, bend: Any) -> None:
    entry = sealed(log)[5]
    bend("delete from audit_detail where entry_id = %s", entry)
    assert faults(log) == [(Fault.DETAILS_DELETED, entry)]


def test_25_an_edit_with_its_hash_mended_is_named(log: Tenant, bend: Any) -> None:
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


def test_25_a_batch_signed_with_another_key_is_named(log: Tenant, bend: Any, settings: Any) -> None:
    settings.AUDIT_SIGNING_KEY = "B" * 43 + "="
    record()
    seal_all()
    settings.AUDIT_SIGNING_KEY = ""
    assert faults(log) == [(Fault.FORGED, None)]


def test_25_an_erasure_that_nobody_signed_is_named(log: Tenant, bend: Any) -> None:
    for table in ("audit_entry", "audit_detail", "audit_batch"):
        bend(f"delete from {table} where tenant_id = %s", log.id)
    bend(
        "insert into audit_erasure (id, kind, workspace_id, erased_at, entries, details, digest, through, last,"
        " head, kid, signature, entry_ids)"
        " values (gen_random_uuid(), 'log', %s, now(), 1, 1, '', 3, 1, '', '', '', '{}')",
        log.id,
    )
    assert faults(log) == [(Fault.FORGED, None)]


@anchored
def test_25_a_tail_that_was_cut_with_its_seal_is_named(log: Tenant, bend: Any) -> None:
    assert audit().export_heads() == 1
    first, last = len(sealed(log)) - 3, len(sealed(log))
    cut_tail(log, bend)

    assert faults(log) == [(Fault.CUT, None)]
    assert texts(log) == [f"Batch 3 is missing, with entries {first} to {last}."]


@anchored
def test_25_a_whole_log_that_was_cut_is_named(log: Tenant, bend: Any) -> None:
    audit().export_heads()
    for table in ("audit_entry", "audit_batch"):
        bend(f"delete from {table} where tenant_id = %s", log.id)
    assert faults(log) == [(Fault.CUT, None)]


@anchored
def test_25_a_tail_that_was_written_anew_with_the_key_is_named(log: Tenant, bend: Any) -> None:
    audit().export_heads()
    cut_tail(log, bend)
    record("Another past")
    seal_all()
    assert faults(log) == [(Fault.FORGED, None)]


@anchored
def test_25_a_forged_head_is_named(log: Tenant) -> None:
    audit().export_heads()
    files = storages[heads.ALIAS]
    (name,) = files.listdir(str(log.id))[1]
    with files.open(f"{log.id}/{name}") as file:
        content = file.read().replace(b'"batch":3', b'"batch":4')
    files.save(f"{log.id}/{4:012}.json", ContentFile(content))
    assert faults(log) == [(Fault.FORGED, None)]
