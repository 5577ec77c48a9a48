"""`manage.py audit`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.audit.interface import audit
from apps.core import scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.audit.logs import record, sealed

pytestmark = pytest.mark.django_db(transaction=True)


def verified(*arguments: str) -> str:
    call_command("audit", "verify", *arguments, stdout=(out := StringIO()))
    return out.getvalue()


def test_it_says_what_it_found(log: Tenant, bend: Any) -> None:
    assert f"{log.id}: {len(sealed(log))} entries in 3 batches. Waiting: 0." in verified(log.slug)
    with scope.activate(scope.Scope()):
        record("Nobody's")
    assert "no-workspace: 0 entries in 0 batches. Waiting: 1." in verified()

    entry = sealed(log)[0]
    bend("delete from audit_entry where id = %s", entry)
    out = StringIO()
    with pytest.raises(CommandError, match="not what was sealed"):
        call_command("audit", "verify", str(log.id), stdout=out)
    assert f"deleted: Entry 1 ({entry}) was deleted." in out.getvalue()


@pytest.mark.parametrize(
    ("left", "found"),
    [
        ("exported heads", "cut: Batches 1 to 3 are missing"),
        ("the queue", "was deleted before it was sealed"),
    ],
)
def test_a_log_of_which_nothing_else_is_left_is_looked_at_too(
    log: Tenant, bend: Any, left: str, found: str
) -> None:
    if left == "exported heads":
        audit().export_heads()
    else:
        record()
    for table in ("audit_entry", "audit_detail", "audit_batch"):
        bend(f"delete from {table} where tenant_id = %s", log.id)
    out = StringIO()
    with scope.activate(scope.Scope()), pytest.raises(CommandError, match="not what was sealed"):
        call_command("audit", "verify", stdout=out)
    assert found in out.getvalue()


def test_it_seals(log: Tenant) -> None:
    record()
    call_command("audit", "seal", stdout=(out := StringIO()))
    assert out.getvalue() == "Entries sealed: 1.\n"


def test_an_unknown_workspace_is_named(log: Tenant) -> None:
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        verified("nowhere")
    with pytest.raises(CommandError, match="no log of"):
        verified(str(new_id()))
