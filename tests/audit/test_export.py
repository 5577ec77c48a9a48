"""The log as a file: for people, and for whoever wants to verify it without us."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.audit.chain import keys
from apps.audit.exports import CSV, JSON_LINES, export
from apps.audit.interface import audit
from apps.core import clock
from apps.core.errors import PermissionDenied
from apps.core.ids import new_id
from apps.entitlements.interface import FeatureNotIncluded
from apps.jobs.models import Job
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.databases import ROOT
from tests.factories import entitlements as plans

SignIn = Callable[[Any], Client]
VERIFIER = ROOT / "deploy/audit/verify_log.py"


def record(target: str = "Li Wei", **after: Any) -> None:
    with transaction.atomic():
        audit().record(
            action="members.removed",
            target_type="membership",
            target_id=new_id(),
            target_label=target,
            after=after,
        )


def seal_all() -> None:
    while audit().seal():
        continue


def exported(form: str, query: str = "") -> str:
    return "".join(export(form=form, query=query, progress=lambda count: None))


@pytest.fixture
def log(tenant: Tenant, as_tenant: Any, arrive: Any) -> Any:
    """A workspace with two batches in its log, and something that waits; in its owner's scope."""
    with as_tenant(tenant) as now:
        for name in ('Ünï "code"', "=1+1"):
            record(name, note='back\\slash \n "', count=2)
            record("Another")
            arrive()
            seal_all()
        record("Waits")
        arrive()
        yield now


class TestVerifier:
    """The script in deploy/, run as a customer does, on an export with planted edits."""

    @pytest.fixture
    def rows(self, log: Any) -> list[dict[str, Any]]:
        return [json.loads(line) for line in exported(JSON_LINES).splitlines()]

    @pytest.fixture
    def verify(self, tmp_path: Path) -> Callable[..., tuple[int, str]]:
        def run(rows: list[Any], *options: str, broken: tuple[bytes, bytes] = (b"", b"")) -> tuple[int, str]:
            file = tmp_path / "log.jsonl"
            content = "".join(json.dumps(row) + "\n" for row in rows).encode()
            file.write_bytes(content.replace(*broken) if broken[0] else content)
            key = next(iter(keys.public_keys().values()))
            command = [sys.executable, "-I", str(VERIFIER), str(file), "--key", key, *options]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.stderr == ""
            return done.returncode, done.stdout

        return run

    def entry(self, rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
        return next(row for row in rows if row["type"] == "entry" and row["number"] == number)

    def batch(self, rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
        return next(row for row in rows if row["type"] == "batch" and row["batch"] == number)

    def test_an_honest_export_is_what_was_sealed(self, rows: Any, verify: Any, tenant: Tenant) -> None:
        code, said = verify(rows)
        assert code == 0
        assert said.startswith(f"{tenant.id}: ")
        assert "in 2 batches" in said
        assert said.endswith("It is what was sealed.\n")

    def test_an_edited_entry(self, rows: Any, verify: Any) -> None:
        entry = self.entry(rows, 2)
        entry["action"] = "members.joined"
        code, said = verify(rows)
        assert (code, f"edited: entry 2 ({entry['id']})." in said) == (1, True)

    def test_an_edited_entry_with_its_hash_mended(self, rows: Any, verify: Any) -> None:
        batch = self.batch(rows, 1)
        batch["entry_hashes"] = "0" * 64 + batch["entry_hashes"][64:]
        assert "edited: batch 1, entries 1 to" in verify(rows)[1]

    def test_an_added_entry(self, rows: Any, verify: Any) -> None:
        entry = self.entry(rows, 2)
        added = entry | {"id": str(new_id())}
        rows.insert(rows.index(entry), added)
        assert f"forged: entry 2 ({added['id']}) was not sealed, or is here twice." in verify(rows)[1]

    def test_edited_details(self, rows: Any, verify: Any) -> None:
        entry = self.entry(rows, 2)
        entry["details"]["actor_label"] = "Somebody else"
        assert f"details edited: entry 2 ({entry['id']})." in verify(rows)[1]

    def test_deleted_details(self, rows: Any, verify: Any) -> None:
        entry = self.entry(rows, 2)
        entry["details"] = None
        assert f"details deleted: entry 2 ({entry['id']})" in verify(rows)[1]

    def test_a_deleted_entry(self, rows: Any, verify: Any) -> None:
        rows.remove(entry := self.entry(rows, 2))
        assert f"deleted: entry 2 ({entry['id']})." in verify(rows)[1]

    def test_entries_in_another_order(self, rows: Any, verify: Any) -> None:
        one, other = self.entry(rows, 1), self.entry(rows, 2)
        one["number"], other["number"] = 2, 1
        at, to = rows.index(one), rows.index(other)
        rows[at], rows[to] = other, one
        said = verify(rows)[1]
        assert f"reordered: entry 1 ({one['id']})." in said
        assert f"reordered: entry 2 ({other['id']})." in said

    def test_a_list_of_a_batch_in_another_order(self, rows: Any, verify: Any) -> None:
        batch = self.batch(rows, 1)
        first, second = batch["entry_ids"][:2]
        hashes = batch["entry_hashes"]
        batch["entry_ids"][:2] = second, first
        batch["entry_hashes"] = hashes[64:128] + hashes[:64] + hashes[128:]
        assert "reordered: batch 1, entries 1 to" in verify(rows)[1]

    def test_a_missing_batch(self, rows: Any, verify: Any) -> None:
        self.batch(rows, 2)["batch"] = 3
        said = verify(rows)[1]
        assert "cut: batches 2 to 2 are missing." in said
        assert "forged: batch 3 is not signed." in said

    def test_a_cut_tail(self, rows: Any, verify: Any, tmp_path: Path) -> None:
        head = tmp_path / "head.json"
        head.write_text(json.dumps(self.batch(rows, 2)))
        assert verify(rows, "--head", str(head))[0] == 0

        cut = rows[: rows.index(self.batch(rows, 2))]
        assert verify(cut)[0] == 0
        assert "cut: batches up to 2 were sealed, and are not here." in verify(cut, "--head", str(head))[1]

    def test_an_export_signed_by_another(self, rows: Any, verify: Any) -> None:
        assert verify(rows, "--key", "A" * 43 + "=")[0] == 0
        for row in rows:
            row.pop("kid", None) and row.update(kid="0" * 16)
        assert "forged: batch 1 is not signed." in verify(rows)[1]

    @pytest.mark.parametrize("number", [0, 1])
    def test_an_export_of_another_log(
        self, rows: Any, verify: Any, other_tenant: Tenant, number: int
    ) -> None:
        rows.insert(number, rows[0] | {"log": str(other_tenant.id)})
        assert "forged: " in verify(rows)[1]
        assert "belongs to another log" in verify([rows[0] | {"log": str(other_tenant.id)}, *rows[2:]])[1]

    def test_an_entry_before_the_first_batch(self, rows: Any, verify: Any) -> None:
        entry = self.entry(rows, 2)
        rows.insert(1, entry)
        assert f"forged: entry 2 ({entry['id']}) is in no batch." in verify(rows)[1]

    def test_an_export_without_its_beginning(self, verify: Any) -> None:
        assert verify([])[0] == 1

    @pytest.mark.parametrize(
        ("kind", "broken"),
        [
            ("log", {"type": "run"}),
            ("batch", {"entry_hashes": "no hex"}),
            ("batch", {"first": None}),
            ("batch", {"batch": "2"}),
            ("batch", {"entry_ids": ["no id"]}),
            ("entry", {"id": []}),
            ("entry", {"details": {}}),
        ],
    )
    def test_a_malformed_line(self, rows: Any, verify: Any, kind: str, broken: Any) -> None:
        line, row = next((line, row) for line, row in enumerate(rows, 1) if row["type"] == kind)
        row.update(broken)
        code, said = verify(rows)
        assert code == 1
        assert f"malformed: line {line} can't be read (" in said

    @pytest.mark.parametrize("line", [b"{", b"", b"[]", b"7", b"\xff\xfe", b"[" * 99999, b"{}"])
    def test_a_line_that_is_none(self, rows: Any, verify: Any, line: bytes) -> None:
        rows[2:2] = ["here"]
        code, said = verify(rows, broken=(b'"here"', line))
        assert code == 1
        assert "malformed: line 3 can't be read (" in said

    def test_a_cut_front(self, rows: Any, verify: Any) -> None:
        assert verify(rows, "--first", "1")[0] == 0
        cut = [row for row in rows if row["type"] in ("log", "key")] + rows[rows.index(self.batch(rows, 2)) :]
        assert verify(cut)[0] == verify(cut, "--first", "2")[0] == 0
        code, said = verify(cut, "--first", "1")
        assert (code, "cut: it begins with batch 2, and should with batch 1." in said) == (1, True)
        assert "cut: batch 3 is not here" in verify(cut, "--first", "3")[1]

    def test_one_that_shows_fewer_days_than_the_log_has(
        self, log: Any, verify: Any, tenant: Tenant, arrive: Any, settings: Any
    ) -> None:
        if settings.MODULE_URLS["audit"]:
            pytest.skip("plans are not known where the log is kept apart, nor is this clock")
        settings.AUDIT_KEEP_DAYS = 30
        plans.override(tenant, "audit.days", 7, ends_at=clock.now() + timedelta(days=999))
        began = clock.now()
        for days in (20, 35):
            with clock.stopped_at(began + timedelta(days=days)):
                record("Later")
                seal_all()
        with clock.stopped_at(began + timedelta(days=35)):
            assert audit().erase_past()
            rows = [json.loads(line) for line in exported(JSON_LINES).splitlines()]
        code, said = verify(rows)
        assert (code, "It begins with batch 4." in said) == (0, True)


def test_csv_shows_sentences_and_no_formulas(log: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(CSV).lstrip("\ufeff"))))
    assert f"{log.actor.label} removed Waits." in {row["what"] for row in rows}
    assert "'=1+1" in {row["target"] for row in rows}


@pytest.mark.parametrize("strange", ["", "&since=never"])
def test_csv_follows_the_filters_but_for_one_that_is_none(log: Any, strange: str) -> None:
    text = exported(CSV, f"action=members.removed{strange}").lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["action"] for row in rows} == {"members.removed"}


def test_the_log_notes_that_it_was_exported(log: Any, arrive: Any) -> None:
    exported(CSV)
    arrive()
    assert f"{log.actor.label} exported the audit log." in exported(CSV)


def test_who_may_not_export_gets_nothing(tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant, role="member"), pytest.raises(PermissionDenied):
        exported(CSV)


def test_a_plan_without_it_says_so(tenant: Tenant, as_tenant: Any) -> None:
    plans.override(tenant, "audit.export", 0)
    with as_tenant(tenant), pytest.raises(FeatureNotIncluded):
        exported(CSV)


@pytest.mark.parametrize("form", [CSV, JSON_LINES])
def test_the_page_starts_a_job_that_leaves_the_file(
    tenant: Tenant, as_tenant: Any, member: Any, signed_in: SignIn, form: str
) -> None:
    client, page = signed_in(member("admin")), reverse("audit:export", args=[tenant.slug])
    assert "Export as CSV" in client.get(page).content.decode()

    started = client.post(page, {"format": form})
    run_due_tasks()

    with as_tenant(tenant):
        job = Job.objects.get(kind="audit.export_log")
        assert job.state == Job.State.DONE
        assert job.result_name.endswith(f".{form}")
    assert started["Location"] == reverse("jobs:job", args=[tenant.slug, job.id])
    answer = client.get(reverse("jobs:result", args=[tenant.slug, job.id]))
    assert answer["Cache-Control"] == "private, no-store"
