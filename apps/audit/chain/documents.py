"""What is hashed and signed, byte for byte. deploy/audit/verify_log.py reads the same, and knows nothing of us."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from itertools import zip_longest
from json.encoder import encode_basestring_ascii
from typing import Any
from uuid import UUID

HASH = 32  # bytes of a SHA-256
NOTHING = "0" * 64  # what the first batch follows

#: An entry without its id, as JSON: so that two that changed places are known again. Python's `json` writes the same.
BODY = """json_build_array(
    e.tenant_id, to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.actor_kind,
    e.actor_id, e.on_behalf_of_id, e.target_type, e.target_id, e.field_names, e.request_id, e.session_id,
    e.details_digest)::text"""

_quoted = encode_basestring_ascii
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is signed of a batch.

    :param log: the workspace; None for what happened outside of any
    :param number: of the batch in its log, from 1
    :param first: the number of its first entry in the log, from 1
    :param entries: the digest of the entries in their order; see `digest_of_entries`
    :param previous: the hash of the batch before; NOTHING for the first
    """

    log: UUID | None
    number: int
    first: int
    size: int
    entries: str
    previous: str
    sealed_at: datetime

    @property
    def members(self) -> dict[str, Any]:
        """It as JSON values."""
        return {
            "batch": self.number,
            "entries": self.entries,
            "first": self.first,
            "log": str(self.log or ""),
            "previous": self.previous,
            "sealed_at": written(self.sealed_at),
            "size": self.size,
        }

    @property
    def document(self) -> bytes:
        """What is hashed and signed."""
        return document(self.members)

    @property
    def hash(self) -> str:
        """What the next batch refers to."""
        return sha256(self.document).hexdigest()


def document(members: dict[str, Any]) -> bytes:
    """Return JSON with sorted keys and no spaces."""
    return _encode(members).encode()


def written(moment: datetime) -> str:
    """Return a moment as it is signed: in UTC, with six digits behind the point."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest_of_entries(ids: Sequence[UUID], hashes: Sequence[bytes]) -> str:
    """Return the SHA-256 over each entry's id and hash, in their order, in hex."""
    # One too many on either side counts too, for somebody may have changed how many there are.
    pairs = zip_longest((entry_id.bytes for entry_id in ids), hashes, fillvalue=b"")
    return sha256(b"".join(entry_id + digest for entry_id, digest in pairs)).hexdigest()


def digest_of_ids(ids: Iterable[UUID]) -> str:
    """Return the SHA-256 over ids in their order, in hex."""
    return sha256(b"".join(each.bytes for each in ids)).hexdigest()


def digest_of_details(
    salt: str,
    actor_label: str,
    target_label: str,
    address: str | None,
    before: Any,
    after: Any,
    on_behalf_of_label: str = "",
) -> str:
    """Return the salted SHA-256 of an entry's details, in hex. It reveals nothing once they are erased."""
    values = _encode(before), _encode(after)
    return digest_of_written(salt, actor_label, target_label, address, *values, on_behalf_of_label)


def digest_of_written(
    salt: str,
    actor_label: str,
    target_label: str,
    address: str | None,
    before: str,
    after: str,
    on_behalf_of_label: str,
) -> str:
    """Return the same of details whose values are written already, as `canonical` does."""
    if address and ":" in address:
        address = ip_address(address).exploded  # which PostgreSQL and Python abbreviate each in their own way
    # Where nobody stood in for anybody there is no seventh, as in entries of before there was support.
    behalf = [_quoted(on_behalf_of_label)] if on_behalf_of_label else []
    place = "null" if address is None else _quoted(address)
    details = (_quoted(salt), _quoted(actor_label), _quoted(target_label), place, before, after, *behalf)
    return sha256(f"[{','.join(details)}]".encode()).hexdigest()


@lru_cache(maxsize=10_000)
def canonical(text: str) -> str:
    """Return JSON with sorted keys and no spaces. In a log, the same comes again and again."""
    return _encode(json.loads(text))


def hashes_in(joined: bytes | memoryview) -> list[bytes]:
    """Take apart what a batch keeps of its entries: their hashes, one behind the other."""
    return [bytes(joined[start : start + HASH]) for start in range(0, len(joined), HASH)]
