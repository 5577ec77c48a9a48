"""The radar kept in this database."""

from datetime import datetime
from uuid import UUID

from apps.radar import interface, models, selectors
from apps.radar.services.signals import signal_add


class LocalRadar(interface.Radar):
    def get_competitor(self, *, competitor_id: UUID) -> interface.Competitor:
        return to_competitor(selectors.competitor(competitor_id))

    def list_signals(self, *, since: datetime, limit: int = 100) -> tuple[interface.Signal, ...]:
        return tuple(to_signal(row) for row in selectors.signals().filter(seen_at__gte=since)[:limit])

    def add_signal(
        self,
        *,
        competitor_id: UUID,
        title: str,
        kind: str,
        source_url: str = "",
        importance: int = 2,
        seen_at: datetime | None = None,
    ) -> interface.Signal:
        return to_signal(
            signal_add(
                competitor_id=competitor_id,
                title=title,
                kind=kind,
                source_url=source_url,
                importance=importance,
                seen_at=seen_at,
            )
        )


def to_competitor(row: models.Competitor) -> interface.Competitor:
    return interface.Competitor(
        id=row.id, name=row.name, website=row.website, notes=row.notes, created_at=row.created_at
    )


def to_signal(row: models.Signal) -> interface.Signal:
    return interface.Signal(
        id=row.id,
        competitor_id=row.competitor_id,
        title=row.title,
        source_url=row.source_url,
        kind=row.kind,
        importance=row.importance,
        seen_at=row.seen_at,
    )
