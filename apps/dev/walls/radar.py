"""The radar's part of the page where a person tries to break in: its rows live in the workspace's cell."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.ids import new_id
from apps.dev.walls.attempts import Attempt
from apps.dev.walls.stage import Stage
from apps.radar.models import Competitor, Signal
from apps.radar.services.competitors import competitor_add, competitor_delete
from apps.radar.services.signals import signal_add


def _their_competitor(stage: Stage) -> Competitor:
    """Add one each time: an attempt is made before several walls."""
    with scope.activate(stage.theirs):
        return competitor_add(name=f"Theirs: {new_id()}")


def _all_signals(stage: Stage) -> QuerySet[Signal]:
    with scope.activate(stage.theirs):
        signal_add(competitor_id=_their_competitor(stage).id, title="Theirs: a signal", kind="press")
    return Signal.objects.all()


ATTEMPTS = (
    Attempt(
        name="competitor",
        kind="product",
        title=_("Call a service with their id"),
        source="competitor_delete(competitor_id=theirs.id)",
        run=lambda stage: competitor_delete(competitor_id=_their_competitor(stage).id),
    ),
    Attempt(
        name="signals",
        kind="product",
        title=_("Forget the scope"),
        source="Signal.objects.all()    # with no tenant in scope",
        run=lambda stage: list(_all_signals(stage)),
        reads=_all_signals,
        scoped=False,
    ),
    Attempt(
        name="foreign_key",
        kind="product",
        title=_("Point from your row to theirs"),
        source='Signal.objects.create(competitor_id=theirs.id, title="Mine", kind="press")',
        run=lambda stage: Signal.objects.create(
            competitor_id=_their_competitor(stage).id, title="Mine", kind="press"
        ),
    ),
)
