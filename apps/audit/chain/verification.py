"""Finding what does not fit: what was changed, deleted, moved or cut off, and what was erased with a receipt."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction

from apps.audit.chain import heads, keys
from apps.audit.chain.documents import digest_of_entries, hashes_in
from apps.audit.chain.erasing import receipt_document
from apps.audit.chain.heads import ExportedHead, exported
from apps.audit.chain.reading import Row, doubtful, read
from apps.audit.chain.sealing import Link, head_of, hold
from apps.audit.models import AuditBatch, AuditEntry, AuditErasure, AuditPending
from apps.core import scope

AT_ONCE = 20_000  # entries that are read together

LOST = """
    select p.entry_id from audit_pending p left join audit_entry e on e.id = p.entry_id
    where p.{log} and e.id is null order by p.entry_id
"""
UNSEALED = """
    select e.id from audit_entry e
    left join audit_pending p on p.entry_id = e.id
    left join (select unnest(entry_ids) as id from audit_batch where {log}) sealed on sealed.id = e.id
    where e.{log} and p.entry_id is null and sealed.id is null order by e.id
"""


class Fault(StrEnum):
    """What can have happened to a log."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    CUT = "cut"
    FORGED = "forged"
    UNSEALED = "unsealed"
    DETAILS_EDITED = "details edited"
    DETAILS_DELETED = "details deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not fit. `text` is a sentence that names the place."""

    fault: Fault
    text: str
    entry_id: UUID | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What a log holds, and what is wrong with it. True if nothing is.

    :param waiting: how many entries no batch holds yet
    :param erased: how many entries have no details any more, with a receipt
    :param heads: with how many exported heads it was compared
    :param receipts: what was taken out of the log
    """

    log: UUID | None
    batches: int = 0
    entries: int = 0
    waiting: int = 0
    erased: int = 0
    heads: int = 0
    receipts: list[AuditErasure] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.findings


def logs() -> list[UUID | None]:
    """Return every log that holds something, or of which something is left; None is the one of no workspace."""
    with scope.as_role("platform"):
        found = {
            *AuditEntry.objects.order_by().values_list("tenant_id", flat=True).distinct(),
            *AuditBatch.objects.order_by().values_list("tenant_id", flat=True).distinct(),
            *AuditErasure.objects.order_by().values_list("workspace_id", flat=True).distinct(),
            *AuditPending.objects.order_by().values_list("tenant_id", flat=True).distinct(),
            *heads.logs(),
        }
    return sorted(found, key=str)


def verify(log: UUID | None) -> Report:
    """Compare a log with its seal. Nothing of it is sealed or erased meanwhile; entries are recorded."""
    with scope.as_role("platform"), transaction.atomic():
        hold(log)
        return _Verification(log).run()


class _Verification:
    def __init__(self, log: UUID | None) -> None:
        self.report = Report(log=log)
        self.link = Link()  # the last batch that was looked at, or what the first one must follow
        self.erased: set[UUID] = set()
        self.exported: dict[int, ExportedHead] = {}  # those that no batch was compared with yet

    def run(self) -> Report:
        self._look_at_receipts()
        self._look_at_exported_heads()
        for batches, doubts in doubtful(self._groups()):
            rows = read(doubts) if doubts else {}
            for batch in batches:
                self._look_at_head(batch)
                self._look_at_entries(batch, doubts, rows)
        self._look_for_cut_tail()
        self._look_for_unsealed()
        return self.report

    def _find(self, fault: Fault, text: str, entry_id: UUID | None = None) -> None:
        self.report.findings.append(Finding(fault=fault, text=text, entry_id=entry_id))

    def _look_at_receipts(self) -> None:
        for receipt in AuditErasure.objects.filter(workspace_id=self.report.log).order_by(
            "through", "erased_at"
        ):
            if not _is_signed(receipt_document(receipt), receipt):
                self._find(Fault.FORGED, f"The receipt {receipt.id} is not signed with a key of ours.")
                continue
            self.report.receipts.append(receipt)
            if receipt.kind == AuditErasure.Kind.DETAILS:
                self.erased.update(receipt.entry_ids)
            else:
                self.link = Link(number=receipt.through, hash=receipt.head, entries=receipt.last)

    def _look_at_exported_heads(self) -> None:
        for head in exported(self.report.log):
            self.report.heads += 1
            if not head.is_signed:
                text = (
                    f"The exported head of batch {head.number} is damaged, that of another batch, "
                    "or not signed with a key of ours."
                )
                self._find(Fault.FORGED, text)
            elif head.number >= self.link.number:
                self.exported[head.number] = head
        self._compare_with_exported()

    def _compare_with_exported(self) -> None:
        """Compare the link with the head that was exported of it, if one was."""
        head = self.exported.pop(self.link.number, None)
        if head and head.hash != self.link.hash:
            text = f"Batch {self.link.number} is not the one whose head was exported."
            self._find(Fault.FORGED, text)

    def _look_for_cut_tail(self) -> None:
        if self.exported:
            last = self.exported[max(self.exported)]
            self._find(Fault.CUT, _missing(self.link, until=Link(number=last.number, entries=last.last)))

    def _groups(self) -> Iterator[list[AuditBatch]]:
        """Yield the batches in their order, as many together as have AT_ONCE entries."""
        group: list[AuditBatch] = []
        for batch in AuditBatch.objects.filter(tenant_id=self.report.log).order_by("number").iterator(100):
            group.append(batch)
            if sum(len(each.entry_ids) for each in group) >= AT_ONCE:
                yield group
                group = []
        yield group

    def _look_at_head(self, batch: AuditBatch) -> None:
        name, head = f"Batch {batch.number}", head_of(batch)
        if batch.number != self.link.number + 1:
            before = Link(number=batch.number - 1, entries=batch.first - 1)
            self._find(Fault.CUT, _missing(self.link, until=before))
        elif batch.previous != self.link.hash:
            self._find(Fault.FORGED, f"{name} does not follow the batch before it.")
        if head.hash != batch.hash:
            fault = Fault.REORDERED if _was_in_order(batch) else Fault.EDITED
            self._find(
                fault, f"{name} was changed after it was sealed: entries {batch.first} to {batch.last}."
            )
        elif not _is_signed(head.document, batch):
            self._find(Fault.FORGED, f"{name} is not signed with a key of ours.")
        self.link = Link(number=batch.number, hash=batch.hash, entries=batch.last)
        self._compare_with_exported()
        self.report.batches += 1

    def _look_at_entries(self, batch: AuditBatch, doubts: set[UUID], rows: dict[UUID, Row]) -> None:
        hashes = hashes_in(batch.entry_hashes)
        self.report.entries += len(hashes)
        if doubts.isdisjoint(batch.entry_ids):
            return
        for number, (entry_id, sealed) in enumerate(zip(batch.entry_ids, hashes, strict=False), batch.first):
            name = f"{number} ({entry_id})"
            if entry_id not in doubts:
                continue
            if row := rows.get(entry_id):
                self._look_at_entry(entry_id, name, row, sealed, hashes)
            else:
                self.report.entries -= 1
                self._find(Fault.DELETED, f"Entry {name} was deleted.", entry_id)

    def _look_at_entry(self, entry_id: UUID, name: str, row: Row, sealed: bytes, hashes: list[bytes]) -> None:
        if row.hash != sealed and row.hash in hashes:
            self._find(Fault.REORDERED, f"Entry {name} changed places with another.", entry_id)
        elif row.hash != sealed:
            self._find(Fault.EDITED, f"Entry {name} was changed.", entry_id)
        if row.actual_digest is None and entry_id in self.erased:
            self.report.erased += 1
        elif row.actual_digest is None:
            text = f"The details of entry {name} were deleted without a receipt."
            self._find(Fault.DETAILS_DELETED, text, entry_id)
        elif row.actual_digest != row.details_digest:
            self._find(Fault.DETAILS_EDITED, f"The details of entry {name} were changed.", entry_id)

    def _look_for_unsealed(self) -> None:
        self.report.waiting = AuditPending.objects.filter(tenant_id=self.report.log).count()
        for entry_id in self._ids(LOST):
            self._find(Fault.DELETED, f"Entry {entry_id} was deleted before it was sealed.", entry_id)
        for entry_id in self._ids(UNSEALED):
            text = f"Entry {entry_id} is in no batch, and does not wait for one."
            self._find(Fault.UNSEALED, text, entry_id)

    def _ids(self, query: str) -> list[UUID]:
        log = self.report.log
        with connection.cursor() as cursor:
            cursor.execute(
                query.format(log="tenant_id = %(log)s" if log else "tenant_id is null"), {"log": log}
            )
            return [entry_id for (entry_id,) in cursor.fetchall()]


def _was_in_order(batch: AuditBatch) -> bool:
    """Tell whether a batch is as it was sealed but for the order of its entries, which was that of their ids."""
    pairs = sorted(zip(batch.entry_ids, hashes_in(batch.entry_hashes), strict=False))
    entries = digest_of_entries(*zip(*pairs, strict=True)) if pairs else ""
    return replace(head_of(batch), entries=entries).hash == batch.hash


def _is_signed(document: bytes, by: AuditBatch | AuditErasure) -> bool:
    return keys.is_ours(document, kid=by.kid, signature=by.signature)


def _missing(link: Link, *, until: Link) -> str:
    """Say what is missing after one link and before another."""
    batches = _range("Batch {} is missing", "Batches {} to {} are missing", link.number + 1, until.number)
    return f"{batches}, with {_range('entry {}', 'entries {} to {}', link.entries + 1, until.entries)}."


def _range(one: str, many: str, first: int, last: int) -> str:
    return one.format(first) if first == last else many.format(first, last)
