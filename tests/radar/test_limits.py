"""How many competitors a plan has room for, on each way that they come in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.entitlements.interface import LimitReached
from apps.jobs.upkeep import run_due_tasks
from apps.radar import selectors
from apps.radar.services.bulk import competitors_delete, competitors_restore
from apps.radar.services.competitors import competitor_delete, competitor_restore
from apps.tenancy.models import Tenant
from tests.factories import entitlements as plans
from tests.factories import radar

FILE = b"title,competitor,kind\nA,Acme,price\nB,Bolt,price\nC,Cog,price\n"


@pytest.fixture
def room_for_two(tenant: Tenant, in_tenant: scope.Scope) -> None:
    plans.override(tenant, "radar.competitors", 2)


@pytest.fixture
def ana(member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    return signed_in(member("owner"))


@pytest.mark.usefixtures("room_for_two")
class TestTwo:
    def test_a_third_is_refused(self, tenant: Tenant, ana: Client) -> None:
        for name in ("Acme", "Bolt"):
            radar.competitor(name=name)

        page = ana.post(f"/w/{tenant.slug}/competitors/add/", {"name": "Cog"})
        assert page.status_code == 402
        assert "Competitors: 2 of 2." in page.content.decode()
        assert selectors.competitors().count() == 2

    def test_what_is_deleted_makes_room_and_comes_back_into_room_alone(self) -> None:
        old, _other = radar.competitor(), radar.competitor()
        competitor_delete(competitor_id=old.id)
        new = radar.competitor()

        with pytest.raises(LimitReached):
            competitor_restore(competitor_id=old.id)
        competitor_delete(competitor_id=new.id)
        competitor_restore(competitor_id=old.id)

    def test_many_come_back_together_or_not_at_all(self) -> None:
        both = [radar.competitor().id for _number in range(2)]
        deleted_at = competitors_delete(competitor_ids=both).deleted_at
        assert deleted_at
        new = radar.competitor()

        with pytest.raises(LimitReached):
            competitors_restore(deleted_at=deleted_at)
        competitor_delete(competitor_id=new.id)
        assert competitors_restore(deleted_at=deleted_at).done == 2

    def import_file(self, client: Client, tenant: Tenant) -> Any:
        file = SimpleUploadedFile("march.csv", FILE, content_type="text/csv")
        page = client.post(f"/w/{tenant.slug}/signals/import/", {"file": file}, follow=True)
        place = page.redirect_chain[-1][0]
        chosen = {"title": 0, "competitor": 1, "kind": 2, "dates": "iso", "adds_competitors": "on"}
        return place, client.post(place, chosen, follow=True).content.decode()

    def test_the_check_of_a_file_says_so_beforehand(self, tenant: Tenant, ana: Client) -> None:
        _place, text = self.import_file(ana, tenant)

        assert "Your plan has no room for these competitors" in text
        assert "It has room for 2 more." in text

    def test_an_import_adds_nothing_and_says_why(self, tenant: Tenant, ana: Client) -> None:
        place, _text = self.import_file(ana, tenant)
        (job, _status) = ana.post(f"{place}run/", {"rows": "all"}, follow=True).redirect_chain[-1]
        run_due_tasks()

        assert "Competitors: 0 of 2." in ana.get(job).content.decode()
        assert not selectors.competitors()
        assert not selectors.signals()
