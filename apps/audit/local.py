"""The log kept in this database."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.audit import selectors, services
from apps.audit.chain import erasing, exporting, heads, sealing
from apps.audit.interface import Choices, Filters, Lines, Page, Record
from apps.audit.recording import RecordingAudit


class LocalAudit(RecordingAudit):
    def _keep(self, records: tuple[Record, ...]) -> None:
        services.entries_add(records=records)

    def add(self, *, records: tuple[Record, ...]) -> None:
        services.entries_receive(records=records)

    def list_all_entries(self, *, filters: Filters, cursor: str = "", page_size: int = 50) -> Page:
        return selectors.entries(filters=filters, cursor=cursor, page_size=page_size)

    def list_choices(self) -> Choices:
        return selectors.choices()

    def erase_log(self) -> Mapping[str, int]:
        return erasing.log_erase()

    def seal(self) -> int:
        return sealing.seal()

    def export_heads(self) -> int:
        return heads.export_recent()

    def list_lines(self, *, since: datetime | None, cursor: str = "") -> Lines:
        return exporting.lines(since=since, cursor=cursor)

    def erase_past(self) -> int:
        return erasing.past_erase()

    def erase_details(self, *, subject_ids: tuple[UUID, ...]) -> int:
        return erasing.details_erase(subject_ids=subject_ids)
