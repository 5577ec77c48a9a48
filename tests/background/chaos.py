"""The kill test: events are published while the processes that deliver them are killed at random."""

import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from threading import Thread
from typing import Any

from django.db import connection, transaction

from apps.events.interface import publish
from tests.background import traces
from tests.background.events import Stepped
from tests.background.processes import RELAY, WORKER, Processes

CONSUMERS = ("first", "second")
ROLLED_BACK = 0.05  # the share of events whose transaction fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the events."""

    events: int
    kills: int
    lost: int
    doubled: int
    misordered: int
    seconds: float


def run(processes: Processes, *, events: int, walks: int, kills: int, pause: float) -> Outcome:
    """Publish ordered events by three writers while two relays and two workers are killed; return what became of them.

    :param pause: seconds between two kills, about
    """
    began = time.monotonic()
    commands = {processes.start(*command): command for command in (RELAY, WORKER) for _one_of_two in range(2)}
    writers = [Thread(target=_write, args=(events // 3 + (n < events % 3), walks)) for n in range(3)]
    for writer in writers:
        writer.start()
    for _kill in range(kills):
        time.sleep(random.uniform(0.5, 1.5) * pause)  # noqa: S311
        chosen = random.choice(list(commands))  # noqa: S311
        command = commands.pop(chosen)
        processes.kill(chosen)
        commands[processes.start(*command)] = command
    for writer in writers:
        writer.join()
    _wait_for(events * len(CONSUMERS))
    return judge(events=events, kills=kills, seconds=time.monotonic() - began)


def _write(events: int, walks: int) -> None:
    try:
        written = 0
        while written < events:
            fails = random.random() < ROLLED_BACK  # noqa: S311
            with transaction.atomic():
                _step(f"walk {random.randrange(walks)}")  # noqa: S311
                transaction.set_rollback(fails)
            written += not fails
    finally:
        connection.close()


def _step(walk: str) -> None:
    """Change something, under its row's lock, and say so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into background_walk values (%s, 1)"
            " on conflict (name) do update set steps = background_walk.steps + 1 returning steps",
            [walk],
        )
        publish(Stepped(walk=walk, number=cursor.fetchone()[0]))


def _wait_for(effects: int) -> None:
    """Wait until there are so many, and a little longer for those that should not be; give up if nothing happens."""
    seen, since = 0, time.monotonic()
    while seen < effects and time.monotonic() < since + 90:
        time.sleep(0.2)
        if (now := len(traces.left())) > seen:
            seen, since = now, time.monotonic()
    time.sleep(1)


def judge(**known: Any) -> Outcome:
    """Compare the effects that consumers left with the steps that were walked; `known` is the rest of the outcome."""
    with connection.cursor() as cursor:
        cursor.execute("select name, steps from background_walk")
        steps = dict(cursor.fetchall())
    walked: dict[tuple[str, str], list[int]] = defaultdict(list)
    for trace in traces.left():
        walked[trace.who, trace.what].append(trace.number)
    lost = doubled = misordered = 0
    for consumer in CONSUMERS:
        for walk, last in steps.items():
            numbers = walked[consumer, walk]
            lost += len(set(range(1, last + 1)) - set(numbers))
            doubled += sum(Counter(numbers).values()) - len(set(numbers))
            misordered += sum(later < earlier for earlier, later in pairwise(numbers))
    return Outcome(lost=lost, doubled=doubled, misordered=misordered, **known)
