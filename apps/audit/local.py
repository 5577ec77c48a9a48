"""The log kept in this database."""

from uuid import UUID

from apps.audit import selectors, services
from apps.audit.interface import ActorChoice, Audit, Change, Filters, Page, Values


class LocalAudit(Audit):
    def record(
        self,
        *,
        action: str,
        target_type: str,
        target_id: UUID | None,
        target_label: str = "",
        before: Values | None = None,
        after: Values | None = None,
    ) -> None:
        target = services.Target(
            id=target_id, label=target_label, before=dict(before or {}), after=dict(after or {})
        )
        services.entries_record(action=action, target_type=target_type, targets=[target])

    def record_many(self, *, action: str, target_type: str, changes: tuple[Change, ...]) -> None:
        services.entries_record(
            action=action,
            target_type=target_type,
            targets=[
                services.Target(
                    id=change.target_id,
                    label=change.target_label,
                    before=dict(change.before),
                    after=dict(change.after),
                )
                for change in changes
            ],
        )

    def list_entries(self, *, filters: Filters, cursor: str = "", page_size: int = 50) -> Page:
        return selectors.entries(filters=filters, cursor=cursor, page_size=page_size)

    def list_actors(self) -> tuple[ActorChoice, ...]:
        return selectors.actors()
