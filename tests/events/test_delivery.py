"""From publish to the consumer: once each, tried again, parked, and never crashed by one bad event."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any, ClassVar
from uuid import UUID

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from apps.core import clock, scope, subscriptions
from apps.core.codec import decode, encode
from apps.core.ids import new_id
from apps.events import delivery
from apps.events.delivery import LONGEST_WAIT, MAX_ATTEMPTS, Tally, wait_after
from apps.events.interface import Event, publish
from apps.events.models import Delivery, OutboxEvent
from apps.events.relay.outbox import hand_on
from apps.events.upkeep import deliver_due
from apps.tenancy.models import Tenant
from tests.bookshop.models import Shelf

CONSUMER = "tests.note"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingHappened(Event):
    event_name: ClassVar[str] = "tests.thing.happened"
    aggregate: ClassVar[str] = "thing"
    aggregate_field: ClassVar[str] = "thing_id"

    thing_id: UUID
    at: datetime
    day: date | None = None
    note: str = ""


def thing(note: str = "") -> ThingHappened:
    return ThingHappened(thing_id=new_id(), at=clock.now(), note=note)


@pytest.fixture
def consume() -> Iterator[Callable[[Callable[[Any], None]], None]]:
    """Let a function consume the event for the test."""
    yield lambda handler: subscriptions.subscribe(ThingHappened, CONSUMER, handler)
    subscriptions._subscriptions.pop(ThingHappened, None)


@pytest.fixture
def happened(tenant: Tenant, as_tenant: Any) -> Callable[..., ThingHappened]:
    """Publish an event in a workspace."""

    def happen(note: str = "") -> ThingHappened:
        event = thing(note)
        with as_tenant(tenant), transaction.atomic():
            publish(event)
        return event

    return happen


@pytest.fixture(autouse=True)
def _nothing_else_due(request: pytest.FixtureRequest) -> None:
    """Deliver what the fixtures' workspaces published."""
    if "tenant" in request.fixturenames:
        request.getfixturevalue("tenant")
        deliver_due()


def the_delivery() -> Delivery:
    with scope.as_role("platform"):
        return Delivery.objects.select_related("event").get(consumer=CONSUMER)


def later(**passed: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


class TestPublish:
    def test_it_needs_a_transaction(self, tenant: Tenant, as_tenant: Any) -> None:
        with as_tenant(tenant), pytest.raises(TransactionManagementError):
            publish(thing())

    def test_an_event_falls_with_its_cause(self, tenant: Tenant, as_tenant: Any, consume: Any) -> None:
        seen: list[Any] = []
        consume(seen.append)
        with as_tenant(tenant), pytest.raises(RuntimeError):
            with transaction.atomic():
                publish(thing())
                raise RuntimeError

        deliver_due()

        assert seen == []

    def test_the_row_says_what_debezium_expects(self, happened: Any) -> None:
        event = happened("hello")
        with scope.as_role("platform"):
            row = OutboxEvent.objects.get(type="tests.thing.happened")
        assert (row.aggregatetype, row.aggregateid) == ("thing", str(event.thing_id))
        assert row.payload["note"] == "hello"

    def test_an_event_survives_the_way_through_json(self) -> None:
        event = ThingHappened(thing_id=new_id(), at=clock.now(), day=date(2026, 2, 28), note="ä")
        assert decode(ThingHappened, encode(event)) == event
        assert decode(ThingHappened, encode(event) | {"removed": 1}) == event


class TestDeliver:
    def test_a_consumer_gets_each_event_once_in_its_tenants_scope(
        self, tenant: Tenant, happened: Any, consume: Any
    ) -> None:
        seen = []
        consume(lambda event: seen.append((event, scope.current(), current_role())))
        event = happened("hello")

        assert deliver_due() == Tally(delivered=1)
        assert deliver_due() == Tally()

        ((got, place, role),) = seen
        assert got == event
        assert (place.tenant_id, place.cell, place.user_id) == (tenant.id, "pool", None)
        assert role == "tenon_app"

    def test_the_request_and_its_trace_travel(self, tenant: Tenant, happened: Any, consume: Any) -> None:
        seen = []
        consume(lambda event: seen.append(scope.current()))
        with scope.use(request_id="r-12345678", trace=TRACE):
            happened()
        before = scope.current()

        deliver_due()

        (there,) = seen
        assert (there.request_id, there.trace) == ("r-12345678", TRACE)
        assert scope.current() == before

    def test_an_event_of_no_tenant_has_no_tenants_scope(self, db: None, consume: Any) -> None:
        seen = []
        consume(lambda event: seen.append(scope.current().tenant_id))
        with transaction.atomic():
            publish(thing())

        assert deliver_due() == Tally(delivered=1)
        assert seen == [None]

    def test_effect_and_mark_stand_or_fall_together(
        self, tenant: Tenant, happened: Any, consume: Any, as_tenant: Any
    ) -> None:
        def half(event: Any) -> None:
            Shelf.objects.create(name="Half")
            raise RuntimeError

        consume(half)
        happened()

        assert deliver_due() == Tally(failed=1)
        with as_tenant(tenant):
            assert not Shelf.objects.exists()
        assert the_delivery().delivered_at is None

    def test_an_event_nobody_wants_is_published_and_forgotten(self, happened: Any) -> None:
        happened()
        assert deliver_due() == Tally()
        with scope.as_role("platform"):
            assert not OutboxEvent.objects.filter(published_at=None).exists()

    def test_the_application_can_not_touch_deliveries(self, happened: Any, consume: Any) -> None:
        consume(lambda event: None)
        happened()
        deliver_due()
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Delivery.objects.count()


class TestFailure:
    def test_it_is_tried_again_later_and_then_well(self, happened: Any, consume: Any) -> None:
        outcomes: Iterator[Exception | None] = iter([RuntimeError(), None])

        def handler(event: Any) -> None:
            if error := next(outcomes):
                raise error

        consume(handler)
        happened()

        assert deliver_due() == Tally(failed=1)
        assert deliver_due() == Tally()
        with later(seconds=6):
            assert deliver_due() == Tally(delivered=1)
        assert the_delivery().error == ""

    def test_it_is_parked_after_its_tries_and_holds_back_nothing(self, happened: Any, consume: Any) -> None:
        seen = []

        def handler(event: Any) -> None:
            if event.note == "bad":
                raise RuntimeError
            seen.append(event.note)

        consume(handler)
        happened("bad")
        tallies = []
        for hours in range(1, MAX_ATTEMPTS + 2):
            with later(hours=2 * hours):
                tallies.append(deliver_due())
        assert tallies == [*[Tally(failed=1)] * (MAX_ATTEMPTS - 1), Tally(parked=1), Tally()]

        happened("good")
        assert deliver_due() == Tally(delivered=1)
        assert seen == ["good"]

    def test_its_neighbours_take_effect_once(
        self, tenant: Tenant, happened: Any, consume: Any, as_tenant: Any
    ) -> None:
        def shelve(event: Any) -> None:
            Shelf.objects.create(name=event.note)
            if event.note == "bad":
                raise RuntimeError

        consume(shelve)
        for note in ("first", "bad", "last"):
            happened(note)

        assert deliver_due() == Tally(delivered=2, failed=1)
        with as_tenant(tenant):
            assert sorted(Shelf.objects.values_list("name", flat=True)) == ["first", "last"]
        with later(seconds=6):
            assert deliver_due() == Tally(failed=1)

    def test_what_fails_only_in_company_is_delivered_alone(
        self, happened: Any, consume: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "QUICK", 60)
        tries: list[str] = []

        def deadlock(event: Any) -> None:
            tries.append(event.note)
            if tries == ["first", "last"]:
                raise OperationalError

        consume(deadlock)
        happened("first")
        happened("last")

        assert deliver_due() == Tally(delivered=2)
        assert tries == ["first", "last", "first", "last"]

    def test_what_another_worker_was_quicker_with_takes_no_effect(
        self, tenant: Tenant, happened: Any, consume: Any, as_tenant: Any
    ) -> None:
        def overtaken(event: Any) -> None:
            Shelf.objects.create(name=event.note)
            with scope.as_role("platform"):
                Delivery.objects.filter(consumer=CONSUMER, event__payload__note="first").update(
                    delivered_at=clock.now()
                )

        consume(overtaken)
        happened("first")
        happened("last")

        deliver_due()
        with as_tenant(tenant):
            assert Shelf.objects.filter(name="last").count() == 1

    def test_the_error_is_kept_without_its_message(self, happened: Any, consume: Any) -> None:
        def handler(event: Any) -> None:
            raise RuntimeError("password hunter2")

        consume(handler)
        happened()
        deliver_due()

        kept = the_delivery().error
        assert kept.startswith("builtins.RuntimeError in test_delivery.py:")
        assert "hunter2" not in kept

    def test_a_try_whose_process_died_counts(self, happened: Any, consume: Any) -> None:
        def die(event: Any) -> None:
            raise SystemExit

        consume(die)
        happened()
        for hours in range(1, MAX_ATTEMPTS + 1):
            with later(hours=2 * hours), pytest.raises(SystemExit):
                deliver_due()

        with later(hours=2 * MAX_ATTEMPTS + 2):
            assert deliver_due() == Tally(parked=1)
        assert the_delivery().error == "The process ended during the last try."

    @pytest.mark.parametrize(
        ("spoil", "says"),
        [
            ({"consumer": "gone.consumer"}, "The consumer no longer exists."),
            ({"event__type": "gone.event"}, "The consumer no longer exists."),
            ({"event__payload": {}}, "The payload does not fit the event."),
            ({"event__payload": {"thing_id": "x", "at": "y"}}, "The payload does not fit the event."),
            ({"event__tenant_id": new_id()}, "The tenant no longer exists."),
        ],
    )
    def test_what_can_never_work_is_parked_at_once(
        self, happened: Any, consume: Any, spoil: dict[str, Any], says: str
    ) -> None:
        consume(lambda event: None)
        happened()
        with scope.as_role("platform"):
            hand_on()
        delivery = the_delivery()
        for name, value in spoil.items():
            target = delivery.event if name.startswith("event__") else delivery
            setattr(target, name.removeprefix("event__"), value)
            with scope.as_role("platform"), transaction.atomic():
                target.save()

        assert deliver_due() == Tally(parked=1)
        with scope.as_role("platform"):
            assert Delivery.objects.get(id=delivery.id).error == says

    def test_the_wait_grows_to_an_hour(self) -> None:
        assert timedelta(seconds=2.5) <= wait_after(1) <= timedelta(seconds=5)
        assert timedelta(seconds=10) <= wait_after(3) <= timedelta(seconds=20)
        assert LONGEST_WAIT / 2 <= wait_after(50) <= LONGEST_WAIT


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_workers_deliver_each_event_once(self, happened: Any, consume: Any) -> None:
        seen: list[str] = []
        consume(lambda event: seen.append(event.note))
        for number in range(20):
            happened(str(number))

        def work() -> None:
            deliver_due()
            connection.close()

        threads = [Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)

        assert sorted(seen, key=int) == [str(number) for number in range(20)]


class TestCommand:
    def test_it_says_what_it_did(
        self, happened: Any, consume: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        consume(lambda event: None)
        happened()

        call_command("deliver_events")

        assert capsys.readouterr().out == "Delivered 1; to be tried again 0; parked 0.\n"


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])
