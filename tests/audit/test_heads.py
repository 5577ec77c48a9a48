"""Signed heads outside of the database. What they give away is shown in test_attack_25.py."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.audit.chain import heads, keys
from apps.audit.chain.documents import document
from apps.audit.chain.verification import verify
from apps.audit.interface import audit
from apps.core import clock
from apps.tenancy.models import Tenant
from tests.audit.logs import faults, record, seal_all, texts
from tests.factories import tenancy as workspaces

STRANGE = "The exported head of batch {} is damaged, that of another batch, or not signed with a key of ours."

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage_of_heads")]


def test_an_erased_workspace_is_no_cut_tail(log: Tenant) -> None:
    audit().export_heads()
    with transaction.atomic():
        audit().erase_log()
    assert verify(log.id)


def test_each_head_is_written_once(log: Tenant) -> None:
    assert audit().export_heads() == 1
    assert audit().export_heads() == 0
    record()
    seal_all()
    assert audit().export_heads() == 1
    assert verify(log.id).heads == 2


def test_what_was_sealed_long_ago_is_exported_by_the_command(log: Tenant) -> None:
    with clock.stopped_at(clock.now() + timedelta(days=2)):
        assert audit().export_heads() == 0
        call_command("audit", "export-heads", stdout=(out := StringIO()))
    assert out.getvalue() == "Heads exported: 1.\n"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"[]", b"7", b"{}", b'{"kid":[],"signature":{}}', b"[" * 99999]
)
def test_a_damaged_head_is_a_finding(log: Tenant, content: bytes) -> None:
    audit().export_heads()
    storage = storages[heads.ALIAS]
    storage.delete(name := f"{log.id}/000000000003.json")
    storage.save(name, ContentFile(content))
    assert texts(log) == [STRANGE.format(3)]


def test_what_else_is_signed_by_us_is_no_head(log: Tenant) -> None:
    kid, signature = keys.sign(document({"batch": 3}))
    content = {"batch": 3, "kid": kid, "signature": signature}
    storages[heads.ALIAS].save(f"{log.id}/000000000003.json", ContentFile(document(content)))
    assert faults(log) == [("forged", None)]


def test_an_old_head_in_the_place_of_the_next_is_a_finding(log: Tenant) -> None:
    audit().export_heads()
    copy_head(f"{log.id}/000000000003.json", f"{log.id}/000000000004.json")
    record()
    seal_all()
    assert audit().export_heads() == 0  # what is there is not written over
    assert texts(log) == [STRANGE.format(4)]


def test_a_head_of_another_log_is_a_finding(log: Tenant, other_tenant: Tenant) -> None:
    with workspaces.scope_of(other_tenant):
        seal_all()
        audit().export_heads()
    copy_head(f"{other_tenant.id}/000000000001.json", f"{log.id}/000000000001.json")
    assert texts(log) == [STRANGE.format(1)]


def test_a_folder_of_no_log_is_named(log: Tenant) -> None:
    audit().export_heads()
    storages[heads.ALIAS].save("lost+found/000000000001.json", ContentFile(b"{}"))
    with pytest.raises(CommandError):
        call_command("audit", "verify", stdout=(out := StringIO()), no_color=True)
    assert "forged: the folder 'lost+found' among the heads is of no log." in out.getvalue()
    assert f"{log.id}: " in out.getvalue()


def test_without_a_place_it_is_said(log: Tenant, settings: Any) -> None:
    settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if name != heads.ALIAS}
    assert audit().export_heads() == 0
    call_command("audit", "verify", log.slug, stdout=(out := StringIO()))
    assert "AUDIT_HEADS_URL is not set" in out.getvalue()


def copy_head(name: str, other: str) -> None:
    storage = storages[heads.ALIAS]
    with storage.open(name) as file:
        storage.save(other, ContentFile(file.read()))
