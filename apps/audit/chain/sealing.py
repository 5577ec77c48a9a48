"""Putting what waits into batches. Nobody who records waits for it; what is committed late comes into a later batch."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from apps.audit.chain import keys
from apps.audit.chain.documents import BODY, NOTHING, Head, digest_of_entries, hashes_in
from apps.audit.models import AuditBatch, AuditErasure, AuditPending
from apps.core import clock, scope

BATCH = 1000  # entries
BATCHES = 10  # of one call

BODIES = f"select e.id, {BODY} from audit_entry e where e.id = any(%s)"  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a chain can go on: the number and hash of a batch, and how many entries were sealed until then."""

    number: int = 0
    hash: str = NOTHING
    entries: int = 0


def seal() -> int:
    """Seal entries that wait, of the tenant in scope, or of all logs if none is; return how many were sealed.

    It does some batches at a time: call it until it returns 0. Several do not disturb each other.
    """
    tenant_id = scope.current().tenant_id
    with scope.as_role("platform"):
        batches = filter(None, map(_seal_batch, [tenant_id] if tenant_id else _waiting_logs()))
        return sum(islice(batches, BATCHES))


def _waiting_logs() -> list[UUID | None]:
    waiting = AuditPending.objects.order_by("tenant_id").values_list("tenant_id", flat=True)
    return list(waiting.distinct())


@transaction.atomic
def _seal_batch(log: UUID | None) -> int:
    """Seal the oldest entries of a log that wait; return how many."""
    if not _is_mine(log):
        return 0
    waiting = AuditPending.objects.filter(tenant_id=log).order_by("entry_id")[:BATCH]
    hashes = _hashes(list(waiting.values_list("entry_id", flat=True)))
    if not hashes:
        return 0
    last, ids = tail(log), sorted(hashes)
    head = Head(
        log=log,
        number=last.number + 1,
        first=last.entries + 1,
        size=len(ids),
        entries=digest_of_entries(ids, [hashes[entry_id] for entry_id in ids]),
        previous=last.hash,
        sealed_at=clock.now(),
    )
    kid, signature = keys.sign(head.document)
    AuditBatch.objects.create(
        tenant_id=log,
        number=head.number,
        first=head.first,
        sealed_at=head.sealed_at,
        entry_ids=ids,
        entry_hashes=b"".join(hashes[entry_id] for entry_id in ids),
        previous=head.previous,
        hash=head.hash,
        kid=kid,
        signature=signature,
    )
    AuditPending.objects.filter(entry_id__in=ids)._raw_delete("default")
    return len(ids)


def tail(log: UUID | None) -> Link:
    """Return where a log's chain goes on: after its last batch, or after what was erased of it."""
    if batch := AuditBatch.objects.filter(tenant_id=log).order_by("-number").first():
        return Link(number=batch.number, hash=batch.hash, entries=batch.last)
    cuts = AuditErasure.objects.filter(workspace_id=log).exclude(kind=AuditErasure.Kind.DETAILS)
    if cut := cuts.order_by("-through").first():
        return Link(number=cut.through, hash=cut.head, entries=cut.last)
    return Link()


def head_of(batch: AuditBatch) -> Head:
    """Return the head of a batch as its entries make it, which is what was signed if nothing was changed."""
    return Head(
        log=batch.tenant_id,
        number=batch.number,
        first=batch.first,
        size=len(batch.entry_ids),
        entries=digest_of_entries(batch.entry_ids, hashes_in(batch.entry_hashes)),
        previous=batch.previous,
        sealed_at=batch.sealed_at,
    )


def hold(log: UUID | None) -> None:
    """Have nobody seal a log until the transaction ends. Entries are recorded meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_of(log)])


def _is_mine(log: UUID | None) -> bool:
    """Take the turn of sealing a log, if nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_of(log)])
        return bool(cursor.fetchone()[0])


def _lock_of(log: UUID | None) -> str:
    return f"audit:{log or ''}"


def _hashes(ids: list[UUID]) -> dict[UUID, bytes]:
    """Return the hash of each entry that is there."""
    with connection.cursor() as cursor:
        cursor.execute(BODIES, [ids])
        return {entry_id: sha256(body.encode()).digest() for entry_id, body in cursor.fetchall()}
