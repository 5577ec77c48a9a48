"""Relays share the outbox, take over from each other, and write a stream that misses nothing."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from redis import Redis

from apps.core import clock, scope
from apps.core.daemon import Daemon, Unavailable
from apps.events.interface import publish_many
from apps.events.models import Delivery
from apps.events.relay.loop import relay
from apps.events.relay.outbox import Event, hand_on
from apps.events.relay.shards import SHARD
from apps.events.relay.stream import Stream
from tests import databases
from tests.background.brokers import Broker
from tests.background.events import Called, Stepped
from tests.background.processes import wait_until

WALKS = 64


def step(number: int) -> None:
    with transaction.atomic():
        publish_many(tuple(Stepped(walk=str(walk), number=number) for walk in range(WALKS)))


def shares() -> list[int]:
    """Return how many shards each session holds."""
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        found = admin.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and classid = %s and granted"
            " and database = (select oid from pg_database where datname = current_database()) group by pid",
            [SHARD],
        )
        return [count for (count,) in found.fetchall()]


class Running:
    """A relay on a thread, which keeps what it hands on."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.woken: set[str] = set()
        self.pid = 0
        self._daemon: Daemon = relay(wake=self.woken.update, sink=self._take)
        self._thread = Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._daemon.stop()
        self._thread.join(timeout=30)

    def _take(self, rows: list[Event]) -> None:
        self.pid = connection.connection.info.backend_pid
        self.rows += rows

    def _run(self) -> None:
        self._daemon.run()
        connection.close()


@pytest.fixture
def one_relay(transactional_db: None) -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


@pytest.fixture
def two_relays(transactional_db: None) -> Iterator[tuple[Running, Running]]:
    both = Running(), Running()
    yield both
    for each in both:
        each.stop()


def test_relays_share_the_work_and_take_over_from_each_other(two_relays: tuple[Running, Running]) -> None:
    first, second = two_relays
    wait_until(lambda: shares() == [8, 8])
    step(1)
    wait_until(lambda: len(first.rows) + len(second.rows) == WALKS)
    assert first.rows
    assert second.rows
    assert not {row.aggregateid for row in first.rows} & {row.aggregateid for row in second.rows}

    first.stop()
    with databases.administrator("postgres") as admin:
        admin.execute("select pg_terminate_backend(%s)", [second.pid])
    step(2)

    wait_until(lambda: len(first.rows) + len(second.rows) == 2 * WALKS)
    assert {row.aggregateid for row in second.rows[-WALKS:]} == {f"{walk}" for walk in range(WALKS)}


def test_what_becomes_due_by_itself_is_found_without_a_call(one_relay: Running) -> None:
    with transaction.atomic():
        publish_many((Called(call="1", number=1),))
    wait_until(lambda: one_relay.rows)
    with scope.as_role("platform"), transaction.atomic():  # as after a failed try
        Delivery.objects.create(
            event_id=one_relay.rows[0].id,
            consumer="tests.later",
            due_at=clock.now() + timedelta(seconds=1.5),
        )
    assert "tests.later" not in one_relay.woken

    wait_until(lambda: "tests.later" in one_relay.woken, seconds=10)


def test_a_stream_gets_every_event_in_order_though_valkey_was_away(db: None, valkey: Broker) -> None:
    valkey.start()
    stream = Stream(url=valkey.url, name="told")
    with scope.activate(scope.Scope(role="platform")):
        step(1)
        assert hand_on(sink=stream).events == WALKS
        valkey.stop()
        step(2)
        with pytest.raises(Unavailable):
            hand_on(sink=stream)
        valkey.start()  # it has forgotten what it held, as one without a disk does
        step(3)
        assert hand_on(sink=stream).events == 2 * WALKS

    with Redis.from_url(valkey.url, decode_responses=True) as client:
        told = [entry for _id, entry in client.xrange("told")]
    numbers: dict[str, list[str]] = {}
    for entry in told:
        numbers.setdefault(entry["aggregateid"], []).append(entry["payload"])
    assert len(numbers) == WALKS
    for payloads in numbers.values():
        assert ['"number": 2' in payloads[0], '"number": 3' in payloads[1], len(payloads)] == [True, True, 2]
