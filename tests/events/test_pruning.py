"""What the outbox forgets, and what it keeps."""

from datetime import timedelta

from django.db import transaction

from apps.core import clock, scope
from apps.events.models import Delivery, OutboxEvent
from apps.events.relay.pruning import prune

KEPT = timedelta(days=14)


def published(days_ago: int | None, **delivery: object) -> OutboxEvent:
    """An event that was published then, with a delivery that is done if not told otherwise."""
    at = clock.now() - timedelta(days=days_ago) if days_ago is not None else None
    event = OutboxEvent.objects.create(
        aggregatetype="thing", aggregateid="1", type="tests.thing", payload={}, published_at=at
    )
    Delivery.objects.create(event=event, consumer="tests.note", **({"delivered_at": clock.now()} | delivery))
    return event


def test_it_forgets_what_everybody_had_and_nothing_that_somebody_waits_for(db: None) -> None:
    with scope.as_role("platform"), transaction.atomic():
        published(15)
        published(15, delivered_at=None, parked_at=clock.now(), discarded_at=clock.now())
        kept = [
            published(13),
            published(15, delivered_at=None),
            published(15, delivered_at=None, parked_at=clock.now()),
            published(None),
        ]

    assert prune(older_than=KEPT) == 2

    with scope.as_role("platform"):
        assert set(OutboxEvent.objects.all()) == set(kept)
        assert Delivery.objects.count() == len(kept)
