"""Exports of signals, and that they can be imported again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.jobs.upkeep import run_due_tasks
from apps.radar import selectors
from apps.radar.models import Competitor, Signal
from apps.radar.services.attributes import attribute_add
from apps.radar.services.imports import runs
from apps.tenancy.models import Tenant
from tests.factories import radar
from tests.radar.test_imports import checked, started


class TestExport:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/signals"

    def read(self, answer: Any) -> list[str]:
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    def test_what_the_filter_finds_in_utc(
        self, acme: Competitor, home: str, member: Callable[..., User], signed_in: Any, tenant: Tenant
    ) -> None:
        moment = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
        radar.signal(competitor_id=acme.id, title="=SUM(A1)", kind="price", seen_at=moment)
        radar.signal(competitor_id=acme.id, kind="press")
        answer = signed_in(member("member", name="Li Wei")).get(f"{home}/export/?kind=price")

        assert f"{tenant.slug}-signals-" in answer["Content-Disposition"]
        head, row = self.read(answer)
        assert head == "id,competitor,title,kind,importance,source_url,seen_at,created_at"
        assert ",Acme,'=SUM(A1),price,medium,,2026-11-02T23:30:00Z," in row
        entry = audit().list_entries(filters=Filters()).entries[0]
        assert entry.sentence == "Li Wei exported signals: 1."
        assert entry.after["filter"] == "kind=price"

    def test_every_page_of_a_long_list(
        self,
        acme: Competitor,
        home: str,
        member: Callable[..., User],
        signed_in: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("apps.radar.services.exports.BATCH", 2)
        for _number in range(5):
            radar.signal(competitor_id=acme.id)
        lines = self.read(signed_in(member("member")).get(f"{home}/export/?sort=title"))
        assert len(lines) == len(set(lines)) == 6

    def test_what_was_exported_can_be_imported(
        self, acme: Competitor, home: str, member: Any, signed_in: Any
    ) -> None:
        signal = radar.signal(competitor_id=acme.id, title='-1 "quoted", and\nso on', importance=3)
        lines = b"".join(signed_in(member("member")).get(f"{home}/export/").streaming_content)
        assert checked(lines).rows_duplicate == 1
        found = started(lines, skips_duplicates=False)
        runs.import_run(import_id=found.id, only_good=False)
        both = list(
            Signal.objects.filter(tenant_id=acme.tenant_id).values_list("title", "importance", "kind")
        )
        assert both == [(signal.title, 3, "press")] * 2

    def test_attributes_come_back_too(self, acme: Competitor, home: str, member: Any, signed_in: Any) -> None:
        attribute_add(name="Region", kind="choice", choices=["EMEA", "APAC"])
        attribute_add(name="Deal size", kind="number")
        attribute_add(name="Confirmed", kind="yes_no")
        noted = {"region": "EMEA", "deal-size": -12.5, "confirmed": False}
        signal = radar.signal(competitor_id=acme.id, attributes=noted)
        lines = b"".join(signed_in(member("member")).get(f"{home}/export/").streaming_content)

        runs.import_run(import_id=started(lines, skips_duplicates=False).id, only_good=False)

        again = selectors.signals().exclude(id=signal.id).get()
        assert again.attributes == signal.attributes
        found = [
            {name: getattr(value, name) for name in ("attribute_id", "text", "number", "flag")}
            for value in again.values.order_by("attribute_id")
        ]
        assert found == list(
            signal.values.order_by("attribute_id").values("attribute_id", "text", "number", "flag")
        )

    def test_a_long_list_is_made_by_a_job(
        self, acme: Competitor, home: str, member: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.radar.views.lists.MOST", 1)
        for kind in ("price", "price", "press"):
            radar.signal(competitor_id=acme.id, kind=kind)
        client = signed_in(member("member"))
        assert "Make a CSV file" in client.get(f"{home}/?kind=price").content.decode()
        job = client.post(f"{home}/export/?kind=price").url
        run_due_tasks()
        assert "2 of 2" in client.get(job).content.decode()
        assert len(self.read(client.get(f"{job}result/"))) == 3

    def test_who_may_not_and_what_can_not_be(self, home: str, member: Any, signed_in: Any) -> None:
        assert signed_in(member("viewer")).get(f"{home}/export/").status_code == 403
        answer = signed_in(member("member")).get(f"{home}/export/?kind=gossip")
        assert answer["Location"] == f"{home}/?kind=gossip"
