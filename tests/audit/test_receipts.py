"""What is taken out of the log leaves a signed receipt, and the rest still verifies."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from apps.audit.chain.verification import verify
from apps.audit.interface import Filters, Record, audit
from apps.core import clock
from apps.core.ids import new_id
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


def test_what_arrives_late_about_somebody_who_was_erased_names_nobody(log: Tenant) -> None:
    somebody_else, leaver = new_id(), new_id()
    with clock.stopped_at(clock.now() - timedelta(minutes=1)):
        before = arriving(actor_id=leaver), arriving(target_id=leaver), arriving(on_behalf_of_id=leaver)
        about_others = arriving(actor_id=somebody_else)
    with transaction.atomic():
        assert audit().erase_details(subject_ids=(leaver,)) == 0
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        after = arriving(target_id=leaver)

    for _time in range(2):
        with transaction.atomic():
            audit().add(records=(*before, about_others, after))
    seal_all()

    assert verify(log.id)
    page = audit().list_entries(filters=Filters(action="members.removed"))
    sentences = {entry.id: entry.sentence for entry in page.entries}
    named = {each for each, sentence in sentences.items() if "Ada" in sentence or "Li Wei" in sentence}
    assert named & {each.id for each in (*before, about_others, after)} == {about_others.id, after.id}


def arriving(**ids: UUID) -> Record:
    """Return an entry of now that was recorded by another process."""
    return Record(
        id=new_id(),
        occurred_at=clock.now(),
        action="members.removed",
        actor_kind="person",
        actor_label="Ada",
        target_type="membership",
        target_label="Li Wei",
        before={},
        after={},
        address="",
        request_id="",
        session_id="",
        **{"actor_id": new_id(), "target_id": new_id()} | ids,
    )


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
