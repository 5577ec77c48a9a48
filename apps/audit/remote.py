"""The log kept by another process (AUDIT_URL)."""

from apps.audit.events import EntriesRecorded
from apps.audit.interface import LogUnavailable, Record
from apps.audit.recording import RecordingAudit
from apps.core.remote.client import RemoteModule
from apps.events.interface import publish_many

BATCH = 200


class RemoteAudit(RemoteModule, RecordingAudit):
    """Records go through the outbox, so they stand and fall with the act, and none is lost while the other is away."""

    unavailable = LogUnavailable

    def _keep(self, records: tuple[Record, ...]) -> None:
        publish_many(
            tuple(
                EntriesRecorded(first_id=batch[0].id, records=batch)
                for batch in (records[start : start + BATCH] for start in range(0, len(records), BATCH))
            )
        )
