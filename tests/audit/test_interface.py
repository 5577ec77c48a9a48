"""What the log promises, wherever it is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import translation

from apps.audit.interface import Audit, Change, Filters, Record, audit
from apps.audit.services import MASK
from apps.core import clock, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.factories import entitlements as plans
from tests.factories import tenancy as workspaces

Write = Callable[..., None]


@pytest.fixture
def log(tenant: Tenant, as_tenant: Any, arrive: Any) -> Any:
    """The scope of a workspace's owner."""
    with as_tenant(tenant) as now:
        yield now


@pytest.fixture
def record(arrive: Any) -> Write:
    """Record an act, and have it arrive in the log."""

    def write(target: str = "Li Wei", **details: Any) -> None:
        given = {"action": "members.removed", "target_type": "membership", "target_id": new_id()} | details
        with transaction.atomic():
            audit().record(target_label=target, **given)

    return write


@pytest.fixture
def targets(arrive: Any) -> Callable[..., list[str]]:
    """Return the targets of the entries that filters find."""

    def find(**filters: Any) -> list[str]:
        arrive()
        return [entry.target_label for entry in audit().list_entries(filters=Filters(**filters)).entries]

    return find


def test_the_implementation_is_the_interface(arrive: Any) -> None:
    assert isinstance(audit(), Audit)


def test_a_person_reads_what_was_done_with_their_account(
    tenant: Tenant, person: Any, record: Write, arrive: Any
) -> None:
    with scope.use(user_id=person.id):
        for about in (person.id, new_id()):
            record(f"{about}", action="account.logged_in", target_type="person", target_id=about)
        record("In no workspace", target_id=person.id)
    with workspaces.scope_of(tenant):
        record("Elsewhere", target_type="person", target_id=person.id)
    arrive()

    for place in (None, tenant.id):
        with scope.use(user_id=person.id, tenant_id=place):
            entries = audit().list_own_entries().entries
            assert [entry.target_label for entry in entries] == [f"{person.id}"]


def test_it_needs_a_transaction(log: Any) -> None:
    with pytest.raises(TransactionManagementError):
        audit().record(action="members.removed", target_type="membership", target_id=None)


def test_an_act_must_be_declared(log: Any, record: Write) -> None:
    with pytest.raises(KeyError):
        record(action="members.juggled")


def test_an_entry_falls_with_its_act(log: Any, record: Write, targets: Any) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record("Undone")
        raise RuntimeError
    assert "Undone" not in targets()


def test_the_entry_reads_as_a_sentence(log: Any, record: Write, arrive: Any) -> None:
    record(action="members.role_changed", before={"role": "Member"}, after={"role": "Admin"})
    arrive()

    entry = audit().list_entries(filters=Filters()).entries[0]

    assert entry.sentence == f"{log.actor.label} changed the role of Li Wei from Member to Admin."
    assert (entry.actor_kind, entry.actor_id) == ("person", log.user_id)


def test_the_entry_has_the_time_and_the_request_of_the_act(log: Any, record: Write, targets: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        with scope.use(request_id="a-request", address="192.0.2.7"):
            record("Early")
    targets()

    (entry,) = audit().list_entries(filters=Filters(until=datetime(2026, 3, 2, tzinfo=UTC))).entries

    assert entry.occurred_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (entry.request_id, entry.address) == ("a-request", "192.0.2.7")


def test_one_act_on_many_targets_makes_an_entry_of_each(log: Any, targets: Any) -> None:
    names = [f"{number}" for number in range(450)]
    changes = tuple(Change(target_id=new_id(), target_label=name, before={}, after={}) for name in names)
    with transaction.atomic():
        audit().record_many(action="members.joined", target_type="membership", changes=changes)

    assert len(targets(action="members.joined")) == 50  # the first page
    assert [targets(target_id=change.target_id) for change in changes[199:202]] == [["199"], ["200"], ["201"]]


def recorded_elsewhere(by: Any) -> Record:
    return Record(
        id=new_id(),
        occurred_at=clock.now(),
        action="members.joined",
        actor_kind="person",
        actor_id=by.user_id,
        actor_label="Ana",
        target_type="membership",
        target_id=new_id(),
        target_label="Once",
        before={},
        after={"role": "member"},
        address="",
        request_id="",
        session_id="",
    )


def add(given: Record) -> None:
    with transaction.atomic():
        audit().add(records=(given,))


def test_what_is_added_twice_is_there_once(log: Any, targets: Any) -> None:
    given = recorded_elsewhere(log)
    add(given)
    add(given)
    assert targets(target_id=given.target_id) == ["Once"]


def test_what_was_erased_does_not_come_back_with_what_is_added_again(log: Any, targets: Any) -> None:
    given = recorded_elsewhere(log)
    add(given)
    with transaction.atomic():
        assert audit().erase_details(subject_ids=(given.target_id,)) == 1  # type: ignore[arg-type]
    add(given)
    assert targets(target_id=given.target_id) == [""]


def test_roles_and_permissions_are_said_in_the_language_of_the_reader(
    log: Any, record: Write, arrive: Any
) -> None:
    record(action="members.role_changed", before={"role": "member"}, after={"role": "Analyst"})
    record(action="access.requested", after={"permission": "audit.read"})
    arrive()

    with translation.override("de"):
        asked, changed = audit().list_entries(filters=Filters()).entries[:2]

    assert asked.sentence == "Li Wei hat um Zugriff gebeten: Das Protokoll lesen."
    assert "von Mitglied zu Analyst" in changed.sentence
    assert (changed.before, changed.after) == ({"role": "Mitglied"}, {"role": "Analyst"})


def test_braces_in_a_name_stay_braces(log: Any, record: Write, arrive: Any) -> None:
    record("{before.__class__}{0}")
    arrive()
    assert "{before.__class__}{0}" in audit().list_entries(filters=Filters()).entries[0].sentence


@pytest.mark.parametrize("name", ["password", "api_token", "secret_hash"])
def test_secrets_are_masked(log: Any, record: Write, arrive: Any, name: str) -> None:
    record(after={name: "hunter2", "role": "Admin"})
    arrive()
    assert audit().list_entries(filters=Filters()).entries[0].after == {name: MASK, "role": "Admin"}


def test_filters(log: Any, record: Write, targets: Any) -> None:
    one = new_id()
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        record("March", target_id=one)
    record("Now", action="members.joined")

    assert targets(target_id=one) == ["March"]
    assert targets(action="members.joined") == ["Now"]
    assert targets(until=datetime(2026, 3, 2, tzinfo=UTC)) == ["March"]
    assert "March" not in targets(since=datetime(2026, 3, 2, tzinfo=UTC))
    assert targets(actor_id=new_id()) == []
    assert "Now" in targets(actor_id=log.user_id)


def test_the_actors_are_those_of_this_workspace_by_name(
    log: Any,
    record: Write,
    arrive: Any,
    tenant: Tenant,
    other_tenant: Tenant,
    member: Any,
    as_tenant: Any,
) -> None:
    zoe, adam = member("admin", name="Zoe"), member("admin", name="adam")
    for person in (zoe, adam, adam):
        with workspaces.scope_of(tenant, "admin", person):
            record()
    with as_tenant(other_tenant):
        record()
    arrive()

    found = audit().list_choices()

    labels = [actor.label for actor in found.actors]
    assert {"adam", "Zoe", log.actor.label} >= set(labels) >= {"adam", "Zoe"}
    assert labels == sorted(labels, key=str.casefold)


def test_the_actions_of_the_log_can_be_chosen(
    log: Any, record: Write, arrive: Any, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    for action in ("members.removed", "members.joined", "members.joined"):
        record(action=action)
    with as_tenant(other_tenant):
        record(action="members.invited")
    arrive()

    found = audit().list_choices().actions

    assert {"members.removed", "members.joined"} <= set(found)
    assert "members.invited" not in found
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize("count", [0, 1, 5, 6, 11])
def test_pages_show_every_entry_once_in_both_directions(
    log: Any, record: Write, arrive: Any, count: int
) -> None:
    wanted = [f"{number}" for number in range(count)]
    kind = "members.joined"
    for target in wanted:
        record(target, action=kind)
    arrive()

    def visit(cursor: str, step: str) -> list[tuple[str, list[str]]]:
        page = audit().list_entries(filters=Filters(action=kind), cursor=cursor, page_size=5)
        here = (cursor, [entry.target_label for entry in page.entries])
        onward = getattr(page, step)
        return [here, *(visit(onward, step) if onward else [])]

    forth = visit("", "next")
    assert [label for _cursor, labels in forth for label in labels] == wanted[::-1]
    back = visit(forth[-1][0], "previous")
    assert [labels for _cursor, labels in back] == [labels for _cursor, labels in reversed(forth)]


@pytest.mark.parametrize(
    "cursor", ["x", "after:", "after:1", "sideways:01a1fc45-b278-73b0-8447-aeb6209b1ca0", "\x00"]
)
def test_a_cursor_that_is_not_ours_is_invalid(log: Any, cursor: str) -> None:
    with pytest.raises(Invalid):
        audit().list_entries(filters=Filters(), cursor=cursor)


def test_a_plan_shows_some_days_and_staff_read_all(
    log: Any, record: Write, targets: Any, tenant: Tenant
) -> None:
    with time_machine.travel(clock.now() - timedelta(days=8), tick=False):
        record("Long ago")
    record("Just now")
    plans.override(tenant, "audit.days", 7)

    assert targets(action="members.removed") == ["Just now"]
    assert targets(action="members.removed", since=clock.now() - timedelta(days=9)) == ["Just now"]
    everything = audit().list_all_entries(filters=Filters(action="members.removed")).entries
    assert [entry.target_label for entry in everything] == ["Just now", "Long ago"]


def test_a_workspace_reads_its_own_entries_alone(
    record: Write, targets: Any, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        record("Ours")
    record("Nobody's")

    with as_tenant(tenant):
        assert "Ours" in targets()
        assert "Nobody's" not in targets()
    with as_tenant(other_tenant):
        assert "Ours" not in targets()


def test_a_log_is_erased_as_a_whole_and_no_other(
    record: Write, targets: Any, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    for workspace in (tenant, other_tenant):
        with as_tenant(workspace):
            record("Past")
    with as_tenant(tenant):
        targets()
        with transaction.atomic():
            counts = audit().erase_log()
        assert counts["audit_entry"] == counts["audit_detail"] > 0
        assert targets() == []
    with as_tenant(other_tenant):
        assert "Past" in targets()


def test_what_waits_is_sealed_where_the_log_is_kept(log: Any, record: Write, arrive: Any) -> None:
    record()
    arrive()

    assert audit().seal() > 0
    assert audit().seal() == 0
    assert audit().export_heads() == 1
