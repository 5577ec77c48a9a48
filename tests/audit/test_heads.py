"""Signed heads outside of the database. What they give away is shown in test_attack_25.py."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.audit.chain import heads
from apps.audit.chain.verification import verify
from apps.audit.interface import audit
from apps.core import clock
from apps.tenancy.models import Tenant
from tests.audit.logs import record, seal_all

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


def test_without_a_place_it_is_said(log: Tenant, settings: Any) -> None:
    settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if name != heads.ALIAS}
    assert audit().export_heads() == 0
    call_command("audit", "verify", log.slug, stdout=(out := StringIO()))
    assert "AUDIT_HEADS_URL is not set" in out.getvalue()
