#!/usr/bin/env python3
"""Verify an export of the audit log, without the product that made it.

    python3 verify_log.py audit-log.jsonl --key Zm9v... --head 000000000042.json

Needs Python 3.11 and `pip install cryptography`. The export is the one as JSON Lines. Ask for the public keys by
another way than the export: keys that came with a forged export vouch for it. Heads are what the operator publishes
of the log now and then; with a head, a cut tail is found too. With `--first`, the number of the batch that the export
must begin with, a cut front is. The exit code is 0 if the log is what was sealed.
"""

import json
import sys
from argparse import ArgumentParser
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BODY = (
    *("tenant_id", "occurred_at", "action", "actor_kind", "actor_id", "on_behalf_of_id", "target_type"),
    *("target_id", "field_names", "request_id", "session_id", "details_digest"),
)
DETAILS = ("salt", "actor_label", "target_label", "address", "before", "after")
HEAD = ("batch", "entries", "first", "log", "previous", "sealed_at", "size")
RECEIPT = ("entries", "erased", "erased_at", "head", "last", "log", "through")
Row = dict[str, Any]
NOTHING = "0" * 64
MISSHAPEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Malformed(Exception):
    """A line is none of an export, so what follows can't be judged."""


@contextmanager
def reading(line: int) -> Iterator[None]:
    try:
        yield
    except MISSHAPEN as fault:
        raise Malformed(f"line {line} can't be read ({type(fault).__name__}: {fault})") from fault


class Verification:
    """Reads the lines of an export, and collects what does not fit in `findings`."""

    def __init__(self, keys: list[str], heads: list[Row], first: int) -> None:
        self.keys = {kid_of(key): Ed25519PublicKey.from_public_bytes(b64decode(key)) for key in keys}
        self.trusts_export = not keys
        self.heads = {head["batch"]: head for head in heads}
        self.first = first  # the number of the batch that the export must begin with, or 0
        self.findings: list[str] = []
        self.erased: set[str] = set()
        # What the next batch follows: the number and hash of a batch, and the number of its last entry.
        self.end = (0, NOTHING, 0)
        self.batch: Row | None = None
        self.batch_line = 0
        self.members: list[tuple[Row, bytes]] = []  # the entries of the batch and their hashes
        self.log = ""
        self.entries = self.batches = self.waiting = 0
        self.begins_at = 0  # the number of the first batch, where earlier ones are left out

    def run(self, lines: Iterable[str]) -> list[str]:
        try:
            for number, line in enumerate(lines, 1):
                with reading(number):
                    self.read(json.loads(line), number)
            self.close_batch()
        except Malformed as fault:
            self.find(f"malformed: {fault}. The rest was not looked at.")
            return self.findings
        if not self.log:
            self.find("cut: the export has no beginning.")
        if missing := [number for number in self.heads if number > self.end[0]]:
            self.find(f"cut: batches up to {max(missing)} were sealed, and are not here.")
        if self.first > self.end[0]:
            self.find(f"cut: batch {self.first} is not here, with which it should begin.")
        return self.findings

    def read(self, row: Row, line: int) -> None:
        kind = row["type"]
        if kind == "batch":
            self.close_batch()
            self.batch, self.batch_line, self.members = row, line, []
        elif kind in ("log", "key", "erasure", "entry"):
            getattr(self, f"read_{kind}")(row)
        else:
            raise ValueError(f"there is no type {kind!r}")

    def find(self, text: str) -> None:
        self.findings.append(text)

    def read_log(self, row: Row) -> None:
        if self.log:
            self.find(f"forged: the export begins anew, as one of {row['log']}.")
        self.log = self.log or row["log"]

    def read_key(self, row: Row) -> None:
        if self.trusts_export:
            self.keys[kid_of(row["public_key"])] = Ed25519PublicKey.from_public_bytes(
                b64decode(row["public_key"])
            )

    def read_erasure(self, row: Row) -> None:
        ids = row["entry_ids"]
        self.look_at_log(row, f"the receipt of {row['erased_at']}")
        if not self.is_signed(row, RECEIPT) or row["entries"] != sha256(joined(ids)).hexdigest():
            self.find(f"forged: the receipt of {row['erased_at']} is not signed.")
        elif row["erased"] == "details":
            self.erased.update(ids)
        else:
            self.end = (row["through"], row["head"], row["last"])

    def read_entry(self, row: Row) -> None:
        UUID(row["id"])
        if row["number"] is None:
            self.waiting += 1
        elif self.batch is None:
            self.find(f"forged: entry {row['number']} ({row['id']}) is in no batch.")
        else:
            self.members.append((row, hash_of(row)))
        self.look_at_details(row)

    def close_batch(self) -> None:
        """Look at a batch once all its entries are here."""
        head, self.batch = self.batch, None
        if head is not None:
            with reading(self.batch_line):
                self.look_at_batch(head)

    def look_at_batch(self, head: Row) -> None:
        name, hashed = f"batch {head['batch']}", sha256(document(head, HEAD)).hexdigest()
        self.look_at_log(head, name)
        self.look_at_place(head, name)
        if not self.is_signed(head, HEAD):
            self.find(f"forged: {name} is not signed.")
        known = self.heads.get(head["batch"])
        if known and not (self.is_signed(known, HEAD) and document(known, HEAD) == document(head, HEAD)):
            self.find(f"forged: {name} is not the one whose head was published.")
        self.look_at_entries(head, name)
        self.end = (head["batch"], hashed, head["first"] + head["size"] - 1)
        self.batches += 1

    def look_at_log(self, row: Row, name: str) -> None:
        if row["log"] != self.log:
            self.find(f"forged: {name} belongs to another log, {row['log'] or 'that of no workspace'}.")

    def look_at_place(self, head: Row, name: str) -> None:
        number, previous, _last = self.end
        if head["batch"] <= number:
            self.find(f"reordered: {name} comes after batch {number}.")
        elif head["batch"] == number + 1:
            if head["previous"] != previous:
                self.find(f"forged: {name} does not follow the one before.")
        elif self.batches:
            self.find(f"cut: batches {number + 1} to {head['batch'] - 1} are missing.")
        else:  # An export may show fewer days than its log has.
            self.begins_at = head["batch"]
            if 0 < self.first < self.begins_at:
                self.find(f"cut: it begins with {name}, and should with batch {self.first}.")

    def look_at_entries(self, head: Row, name: str) -> None:
        """The list of ids and hashes is what is signed; then each entry is held against its own."""
        self.entries += len(self.members)
        ids, hashes = head["entry_ids"], hashes_in(head["entry_hashes"])
        if digest_of_list(ids, hashes) != head["entries"]:
            same = digest_of_list(*in_order(ids, hashes)) == head["entries"]
            last = head["first"] + head["size"] - 1
            self.find(f"{'reordered' if same else 'edited'}: {name}, entries {head['first']} to {last}.")
            return
        sealed = {
            each: (number, digest)
            for number, (each, digest) in enumerate(zip(ids, hashes, strict=False), head["first"])
        }
        for row, actual in self.members:
            number, digest = sealed.pop(row["id"], (row["number"], b""))
            entry = f"entry {number} ({row['id']})"
            if not digest:
                self.find(f"forged: {entry} was not sealed, or is here twice.")
            elif row["number"] != number or (actual != digest and actual in hashes):
                self.find(f"reordered: {entry}.")
            elif actual != digest:
                self.find(f"edited: {entry}.")
        for entry_id, (number, _digest) in sealed.items():
            self.find(f"deleted: entry {number} ({entry_id}).")

    def look_at_details(self, row: Row) -> None:
        name = f"entry {row['number']} ({row['id']})"
        if row["details"] is None:
            if row["id"] not in self.erased:
                self.find(f"details deleted: {name} has none, and there is no receipt.")
        elif digest_of(row["details"]) != row["details_digest"]:
            self.find(f"details edited: {name}.")

    def is_signed(self, row: Row, names: tuple[str, ...]) -> bool:
        try:
            self.keys[row["kid"]].verify(bytes.fromhex(row["signature"]), document(row, names))
        except (KeyError, ValueError, InvalidSignature):
            return False
        return True


def document(row: Row, names: tuple[str, ...]) -> bytes:
    """What is hashed and signed: the named members, sorted, without spaces."""
    members = {name: row[name] for name in names}
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode()


def hash_of(row: Row) -> bytes:
    """The SHA-256 of an entry without its id."""
    return sha256(json.dumps([row[name] for name in BODY], ensure_ascii=False).encode()).digest()


def hashes_in(joined: str) -> list[bytes]:
    return [bytes.fromhex(joined[start : start + 64]) for start in range(0, len(joined), 64)]


def digest_of_list(ids: Iterable[str], hashes: Iterable[bytes]) -> str:
    """What a batch says of its entries: the SHA-256 over their ids and hashes."""
    pairs = zip(ids, hashes, strict=False)
    return sha256(b"".join(UUID(entry_id).bytes + digest for entry_id, digest in pairs)).hexdigest()


def in_order(ids: list[str], hashes: list[bytes]) -> tuple[Iterable[str], Iterable[bytes]]:
    """Both in the order of the ids, in which entries are sealed."""
    pairs = sorted(zip(ids, hashes, strict=False))
    return [entry_id for entry_id, _digest in pairs], [digest for _id, digest in pairs]


def digest_of(details: Row) -> str:
    values = dict(details)
    if values["address"] and ":" in values["address"]:
        values["address"] = ip_address(values["address"]).exploded
    behalf = values.get("on_behalf_of_label")  # of whom staff stood in for
    members = [values[name] for name in DETAILS] + ([behalf] if behalf else [])
    body = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return sha256(body.encode()).hexdigest()


def joined(ids: list[str]) -> bytes:
    return b"".join(UUID(each).bytes for each in ids)


def kid_of(key: str) -> str:
    return sha256(b64decode(key)).hexdigest()[:16]


def main() -> None:
    parser = ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("export", help="the file, as JSON Lines")
    parser.add_argument("--key", action="append", default=[], help="a public key, in base64; may be repeated")
    parser.add_argument("--head", action="append", default=[], help="a file with a head; may be repeated")
    parser.add_argument(
        "--first", type=int, default=0, help="the number of the batch that the export must begin with"
    )
    given = parser.parse_args()
    heads = [json.loads(Path(name).read_text("utf-8")) for name in given.head]
    verification = Verification(given.key, heads, given.first)
    with Path(given.export).open(encoding="utf-8", errors="replace") as lines:
        findings = verification.run(lines)
    if verification.trusts_export:
        findings = [
            *findings,
            "note: the keys came with the export. Give those you got by another way with --key.",
        ]
    result = "It is NOT what was sealed." if verification.findings else "It is what was sealed."
    counts = f"{verification.entries} entries in {verification.batches} batches, {verification.waiting} not sealed yet"
    if verification.begins_at:
        counts += f". It begins with batch {verification.begins_at}"
    sys.stdout.write("\n".join([*findings, f"{verification.log}: {counts}. {result}"]) + "\n")
    sys.exit(1 if verification.findings else 0)


if __name__ == "__main__":
    main()
