"""What holds modules together is found, and weighed by the thresholds of the ADR."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from redis.exceptions import RedisError

from apps.audit.interface import Filters, audit
from apps.core import calls, valkey
from apps.core.calls import Usage
from apps.core.seams import Changes, Seam, git_history, seams
from apps.tenancy.models import Tenant

BUSY = Usage(calls=100 * calls.DAYS * 86400, microseconds=1)
FREE = Seam(
    module="audit", has_interface=True, usage=BUSY, changes=Changes(count=40, together=5, partner="accounts")
)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "candidate: 100 calls a second"),
        ({"usage": Usage(), "share": 0.6}, "candidate: 60% of the time of all calls"),
        ({"usage": Usage()}, "stay: nothing pulls it out"),
        ({"has_interface": False}, "stay: has no interface"),
        ({"shared": ("a → b",)}, "stay: shares foreign keys"),
        ({"changes": Changes(count=40, together=20, partner="accounts")}, "stay: changes with accounts"),
        ({"changes": Changes(count=3)}, "stay: 3 changes in a year tell too little"),
    ],
)
def test_a_module_leaves_if_something_pulls_and_nothing_holds(changes: dict[str, Any], verdict: str) -> None:
    assert replace(FREE, **changes).verdict == verdict


def found(history: str = "") -> dict[str, Seam]:
    return {seam.module: seam for seam in seams({"audit": Usage(3, 30), "accounts": Usage(1, 10)}, history)}


def test_what_is_known_of_each_module(db: None) -> None:
    audit = found()["audit"]
    assert (audit.has_interface, audit.share, audit.tables, audit.shared) == (True, 0.75, 5, ())
    assert {"accounts", "tenancy"} <= set(audit.importers)
    assert "core" not in found()


def test_foreign_keys_between_modules_are_read_from_the_database(db: None) -> None:
    assert "tenancy_membership → accounts_user" in found()["accounts"].shared


def test_changes_are_counted_together(db: None) -> None:
    commits = [
        "apps/audit/models.py\ntests/audit/test_log.py\n",
        "apps/audit/views.py\ntemplates/tenancy/member.html\napps/core/scope.py\n",
        "\n".join(f"apps/{name}/models.py" for name in ("audit", "tenancy", "events", "accounts", "admin")),
        "docs/adr/0001.md\n",
    ]
    changes = found("\0".join(["", *commits]))["audit"].changes
    assert changes == Changes(count=2, together=1, partner="tenancy")
    assert changes.coupling == 0.5


def test_without_git_there_is_no_history(tmp_path: Path) -> None:
    assert git_history(tmp_path) == ""


def test_calls_are_counted_and_added_up(tenant: Tenant, as_tenant: Any) -> None:
    calls.flush()
    before = calls.usage().get("audit", Usage())
    with as_tenant(tenant):
        for _time in range(3):
            audit().list_entries(filters=Filters())
    calls.flush()

    after = calls.usage()["audit"]
    assert after.calls == before.calls + 3
    assert after.microseconds > before.microseconds


def test_while_valkey_is_away_it_counts_on(
    tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise RedisError

    calls.flush()
    before = calls.usage().get("audit", Usage()).calls
    with as_tenant(tenant), monkeypatch.context() as patch:
        patch.setattr(valkey, "run", away)
        audit().list_choices()
        calls.flush()
    calls.flush()

    assert calls.usage()["audit"].calls == before + 1


def test_the_command_prints_a_table(db: None) -> None:
    out = StringIO()
    call_command("seams", stdout=out, stderr=StringIO())

    head, *rows = out.getvalue().splitlines()
    print(out.getvalue())  # noqa: T201
    assert head.split()[0] == "module"
    assert head.endswith("verdict")
    assert any(row.startswith("audit ") for row in rows)
    assert len({row.index("stay") if "stay" in row else row.index("candidate") for row in rows}) == 1
