"""What recording is like wherever the log is kept: the record is made here, in the caller's transaction."""

from abc import abstractmethod
from uuid import UUID

from apps.audit.interface import Audit, Change, Record, Values
from apps.audit.services import records_of


class RecordingAudit(Audit):
    """Leaves open where the records go."""

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
