"""The pages of an import, from the file to the radar."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.jobs.upkeep import run_due_tasks
from apps.radar import selectors
from apps.radar.models import Competitor
from apps.radar.services.attributes import attribute_add, attribute_delete
from apps.tenancy.models import Tenant
from tests.radar.test_imports import HEAD


class TestPages:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/signals"

    @pytest.fixture
    def ana(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("owner"))

    def upload(self, client: Client, home: str, text: str) -> Any:
        file = SimpleUploadedFile("march.csv", text.encode(), content_type="text/csv")
        return client.post(f"{home}/import/", {"file": file}, follow=True)

    def test_from_file_to_radar(self, ana: Client, home: str, acme: Competitor) -> None:
        page = self.upload(ana, home, HEAD + "Good <b>,Acme,price\nBad,Acme,gossip\n")
        text = page.content.decode()
        assert page.status_code == 200
        assert "Import the 1 good row" in text
        assert "Good &lt;b&gt;" in text
        assert "Use one of: price" in text
        place = page.redirect_chain[-1][0]

        faults = ana.get(f"{place}faults/")
        content = b"".join(faults.streaming_content).decode("utf-8-sig")
        assert content.splitlines()[1].startswith("3,kind,gossip,")
        (job, _status) = ana.post(f"{place}run/", {"rows": "good"}, follow=True).redirect_chain[-1]
        run_due_tasks()
        text = ana.get(job).content.decode()
        assert "1 signal imported." in text
        assert "1 row with faults was left out." in text
        assert "Line 3: Use one of: price" in text
        result = b"".join(ana.get(f"{job}result/").streaming_content).decode("utf-8-sig")
        assert result.splitlines()[1].startswith("3,kind,gossip,")
        assert selectors.signals().get().title == "Good <b>"
        assert ana.get(place).status_code == 404

    def test_columns_are_asked_for(self, ana: Client, home: str, acme: Competitor) -> None:
        page = self.upload(ana, home, "Was,Wer,Wie\nA,Acme,price\n")
        place = page.redirect_chain[-1][0]
        assert "Check the file" in page.content.decode()
        assert ana.get(f"{place}faults/")["Location"] == place
        assert ana.post(place, {"title": 0, "dates": "iso"}).status_code == 422
        values = {"title": 0, "competitor": 1, "kind": 2, "dates": "iso", "skips_duplicates": "on"}
        checked = ana.post(place, values, follow=True)
        assert "Import 1 row" in checked.content.decode()

    def test_all_or_nothing_from_the_page(self, ana: Client, home: str, acme: Competitor) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\nB,Acme,x\n").redirect_chain[-1][0]
        (job, _status) = ana.post(f"{place}run/", {"rows": "all"}, follow=True).redirect_chain[-1]
        run_due_tasks()
        assert "Nothing was imported: line 3 has a fault." in ana.get(job).content.decode()
        assert not selectors.signals()

    def test_a_second_click_leads_to_the_same_job_until_it_ends(
        self, ana: Client, home: str, acme: Competitor
    ) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\nB,Acme,x\n").redirect_chain[-1][0]
        first, second = (ana.post(f"{place}run/", {"rows": "all"})["Location"] for _click in range(2))
        assert first == second
        run_due_tasks()
        assert "Nothing was imported" in ana.get(first).content.decode()
        third = ana.post(f"{place}run/", {"rows": "good"})["Location"]
        assert third != first
        run_due_tasks()
        assert selectors.signals().get().title == "A"

    def test_an_attribute_that_is_deleted_meanwhile_breaks_nothing(
        self, ana: Client, home: str, acme: Competitor
    ) -> None:
        size = attribute_add(name="Size", kind="number")
        text = "title,competitor,kind,attr.size\nUp,Acme,price,huge\n"
        ((look, _status),) = self.upload(ana, home, text).redirect_chain
        attribute_delete(attribute_id=size.id)

        assert ana.get(look).status_code == 200
        assert ana.get(f"{look}faults/").url == look
        job = ana.post(f"{look}run/", {"rows": "good"}).url
        run_due_tasks()
        assert "This failed" in ana.get(job).content.decode()

    def test_a_file_can_be_discarded(self, ana: Client, home: str, acme: Competitor) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\n").redirect_chain[-1][0]
        assert "The file is forgotten." in ana.post(f"{place}discard/", follow=True).content.decode()

    @pytest.mark.parametrize("text", ["", "title,competitor,kind\n", "PK\x03\x04"])
    def test_a_bad_file_is_told_at_its_field(self, ana: Client, home: str, text: str) -> None:
        page = self.upload(ana, home, text)
        assert page.status_code == 422
        assert "field-error" in page.content.decode()

    def test_a_file_is_needed(self, ana: Client, home: str, tenant: Tenant) -> None:
        assert ana.post(f"{home}/import/").status_code == 422

    def test_a_viewer_may_not(
        self, member: Callable[..., User], signed_in: Any, home: str, acme: Competitor
    ) -> None:
        viewer = signed_in(member("viewer"))
        assert viewer.get(f"{home}/import/").status_code == 403
        assert "/import/" not in viewer.get(f"{home}/").content.decode()

    def test_queries(
        self, ana: Client, home: str, acme: Competitor, django_assert_max_num_queries: Any
    ) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\n").redirect_chain[-1][0]
        with django_assert_max_num_queries(8):
            assert ana.get(place).status_code == 200
