"""Reading entries as they are now, to be compared with what was sealed. Many at once, and fast.

A long log is compared by PostgreSQL, on two connections; only what it is not sure of is looked at here.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from hashlib import sha256
from itertools import chain, islice
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from apps.audit.chain.documents import BODY, HASH, canonical, digest_of_written
from apps.audit.models import AuditBatch

READERS = 2  # connections that compare a long log
LONG = 5  # groups of batches

ROWS = f"""
    select e.id, {BODY}, e.details_digest,
           d.salt, d.actor_label, d.target_label, host(d.address), d.before::text, d.after::text,
           d.on_behalf_of_label
    from audit_entry e left join audit_detail d on d.entry_id = e.id
    where e.id = any(%s)
"""  # noqa: S608 - a constant

#: The details as `documents` writes them, if no text goes beyond ASCII, and no value holds others. Of one
#: member, only PostgreSQL's space is taken away; several are sorted, which takes four times as long.
VALUES = """case when jsonb_typeof({0}) = 'object' then case
    when strpos({0}::text, ', ') = 0 then regexp_replace({0}::text, '": ', '":')
    else (select '{{' || string_agg(to_json(m.key)::text || ':' || m.value::text, ',' order by m.key collate "C")
          || '}}' from jsonb_each({0}) m) end end"""
DETAILS = f"""concat('[', to_json(d.salt)::text, ',', to_json(d.actor_label)::text, ',', to_json(d.target_label)::text,
    ',', coalesce('"' || host(d.address) || '"', 'null'),
    ',', {VALUES.format("d.before")}, ',', {VALUES.format("d.after")},
    case when d.on_behalf_of_label <> '' then ',' || to_json(d.on_behalf_of_label)::text end, ']')"""
DOUBTFUL = f"""
    with sealed as materialized (
        select s.id, substring(h.hashes from (s.place::int - 1) * {HASH} + 1 for {HASH}) as hash
        from audit_batch b
        cross join lateral (select b.entry_hashes || ''::bytea as hashes offset 0) h -- unpacked once, not for each
        cross join lateral unnest(b.entry_ids) with ordinality s(id, place)
        where b.id = any(%s)
    )
    select sealed.id
    from sealed left join audit_entry e on e.id = sealed.id left join audit_detail d on d.entry_id = e.id
    where (
        sha256(convert_to({BODY}, 'UTF8')) = sealed.hash
        and encode(sha256(convert_to({DETAILS}, 'UTF8')), 'hex') = e.details_digest
    ) is not true
"""  # noqa: S608 - constants


class Row(NamedTuple):
    """An entry: its hash, the digest of details that stands in it, and that of the details there are, if any."""

    hash: bytes
    details_digest: str
    actual_digest: str | None


def doubtful(groups: Iterable[list[AuditBatch]]) -> Iterator[tuple[list[AuditBatch], set[UUID]]]:
    """Yield each group of batches with those of its entries that may differ from what was sealed.

    All others are as they were, and so are their details. These may be too: `read` tells.
    """
    groups = iter(groups)
    first = list(islice(groups, LONG))
    if len(first) < LONG:
        yield from ((group, _doubtful(group)) for group in first)
        return
    with ThreadPoolExecutor(READERS) as readers:
        asked: deque[tuple[list[AuditBatch], Future[set[UUID]]]] = deque()
        for group in chain(first, groups):
            asked.append((group, readers.submit(copy_context().run, _doubtful_apart, group)))
            if len(asked) > READERS:
                batches, answer = asked.popleft()
                yield batches, answer.result()
        yield from ((batches, answer.result()) for batches, answer in asked)


def _doubtful_apart(batches: list[AuditBatch]) -> set[UUID]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Entries lie in the order of their ids. Otherwise each group would have all details of all logs read.
            # Nor is the statement worth compiling each time.
            cursor.execute(
                "set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off"
            )
            return _doubtful(batches)
    finally:
        connection.close()  # this thread's own


def _doubtful(batches: list[AuditBatch]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(DOUBTFUL, [[batch.id for batch in batches]])
        return {entry_id for (entry_id,) in cursor.fetchall()}


def read(ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Return those of the entries that are there."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [list(ids)])
        return {
            row[0]: Row(sha256(row[1].encode()).digest(), row[2], _digest(*row[3:]))
            for row in cursor.fetchall()
        }


def _digest(
    salt: str | None,
    actor_label: str,
    target_label: str,
    address: str | None,
    before: str,
    after: str,
    on_behalf_of_label: str,
) -> str | None:
    if salt is None:
        return None
    values = canonical(before), canonical(after)
    return digest_of_written(salt, actor_label, target_label, address, *values, on_behalf_of_label)
