"""What is the same wherever the log is kept: a record is made here, in the caller's transaction."""

from abc import abstractmethod

from apps.audit.interface import Audit, Change, Record
from apps.audit.services import records_of


class RecordingAudit(Audit):
    """Leaves open where the records go."""

    def record_many(self, *, action: str, target_type: str, changes: tuple[Change, ...]) -> None:
        self._keep(records_of(action=action, target_type=target_type, changes=changes))

    @abstractmethod
    def _keep(self, records: tuple[Record, ...]) -> None:
        """Have the records become entries if the caller's transaction is committed."""
