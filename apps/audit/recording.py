"""What is the same wherever the log is kept.

A record is made here, in the caller's transaction. How far back a plan shows the log is known here, and not where
another process keeps it.
"""

from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from apps.audit.interface import Audit, Change, Filters, Page, Record, Values
from apps.audit.services import records_of
from apps.core import clock, scope
from apps.entitlements.interface import entitlements


class RecordingAudit(Audit):
    """Leaves open where the records go, and where entries are read from."""

    def list_entries(self, *, filters: Filters, cursor: str = "", page_size: int = 50) -> Page:
        return self.list_all_entries(filters=_of_shown_days(filters), cursor=cursor, page_size=page_size)

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
        change = Change(
            target_id=target_id, target_label=target_label, before=before or {}, after=after or {}
        )
        self.record_many(action=action, target_type=target_type, changes=(change,))

    def record_many(self, *, action: str, target_type: str, changes: tuple[Change, ...]) -> None:
        self._keep(records_of(action=action, target_type=target_type, changes=changes))

    @abstractmethod
    def _keep(self, records: tuple[Record, ...]) -> None:
        """Have the records become entries if the caller's transaction is committed."""


def _of_shown_days(filters: Filters) -> Filters:
    """Narrow filters to the days that the plan shows. Nothing is deleted: a bigger plan shows it again."""
    days = entitlements().limit(tenant_id=scope.tenant_id(), name="audit.days").limit
    if days is None:
        return filters
    earliest = clock.now() - timedelta(days=days)
    return replace(filters, since=max(filters.since or earliest, earliest))
