"""Reading entries as they are now, to be compared with what was sealed. Many at once, and fast."""

from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from apps.audit.chain.documents import BODY, canonical, digest_of_written

ROWS = f"""
    select e.id, {BODY}, e.details_digest,
           d.salt, d.actor_label, d.target_label, host(d.address), d.before::text, d.after::text,
           d.on_behalf_of_label
    from audit_entry e left join audit_detail d on d.entry_id = e.id
    where e.id = any(%s)
"""  # noqa: S608 - a constant


class Row(NamedTuple):
    """An entry: its hash, the digest of details that stands in it, and that of the details there are, if any."""

    hash: bytes
    details_digest: str
    actual_digest: str | None


def read(ids: list[UUID]) -> dict[UUID, Row]:
    """Return those of the entries that are there."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [ids])
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
