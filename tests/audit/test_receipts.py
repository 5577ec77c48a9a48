"""What is taken out of the log leaves a signed receipt, and the rest still verifies."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.audit.chain.verification import verify
from apps.audit.interface import Filters, audit
from apps.core import clock
from apps.tenancy.models import Tenant
from tests.audit.logs import record, seal_all, sealed
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces


def test_an_erased_log_goes_on_after_its_receipt(log: Tenant) -> None:
    with transaction.atomic():
        audit().erase_log()
    record("Late")
    seal_all()

    report = verify(log.id)
    assert report
    assert (report.entries, report.batches) == (1, 1)
    (receipt,) = report.receipts
    assert receipt.through == 3


def test_a_person_is_erased_and_the_chain_holds(log: Tenant) -> None:
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


def test_what_is_kept_long_enough_goes_with_a_receipt(log: Tenant, settings: Any) -> None:
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
    log: Tenant, settings: Any, keep: int, shown: int | None, days: int
) -> None:
    settings.AUDIT_KEEP_DAYS = keep
    plans.override(log, "audit.days", shown, ends_at=clock.now() + timedelta(days=1999))
    with clock.stopped_at(clock.now() + timedelta(days=days)):
        assert audit().erase_past() == 0
