"""Checks of competitors' websites: what they find, and how much of them a plan includes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import User
from apps.core import clock, scope
from apps.core.errors import Invalid
from apps.entitlements.interface import Standing, entitlements
from apps.jobs.upkeep import run_due_tasks
from apps.radar.models import Competitor
from apps.radar.services.competitors import competitor_change, competitor_delete
from apps.radar.services.websites import website_check_begin, websites_check, websites_sweep
from apps.tenancy.models import Tenant
from tests.core.outgoing.servers import Server, answering, serving
from tests.factories import entitlements as plans
from tests.factories import radar


@pytest.fixture(autouse=True)
def _reachable(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def site() -> Iterator[Server]:
    with serving(answering()) as server:
        yield server


@pytest.fixture
def used(tenant: Tenant) -> Callable[[], int]:
    return lambda: entitlements().limit(tenant_id=tenant.id, name="usage.checks").used


def found(competitor: Competitor) -> tuple[str, int | None]:
    competitor.refresh_from_db()
    return competitor.website_state, competitor.website_status


@pytest.mark.usefixtures("in_tenant")
class TestFinding:
    def test_what_answers(self, site: Server, used: Any) -> None:
        acme = radar.competitor(website=site.url)
        websites_check()

        assert found(acme) == ("answers", 200)
        assert acme.checked_at is not None
        assert used() == 1

    @pytest.mark.parametrize("status", [404, 503])
    def test_what_answers_with_an_error(self, status: int, used: Any) -> None:
        with serving(answering(status)) as server:
            acme = radar.competitor(website=server.url)
            websites_check()

        assert found(acme) == ("fails", status)
        assert used() == 1

    def test_what_does_not_answer(self) -> None:
        acme = radar.competitor(website="http://127.0.0.1:9")
        websites_check()

        assert found(acme) == ("silent", None)

    def test_what_is_behind_our_own_walls_is_not_called(self, site: Server, settings: Any) -> None:
        settings.OUTGOING_ALLOWED_NETWORKS = []
        acme = radar.competitor(website=site.url)
        websites_check()

        assert found(acme) == ("refused", None)
        assert site.asked == []

    def test_another_address_is_not_known_yet(self, site: Server) -> None:
        acme = radar.competitor(website=site.url)
        websites_check()
        competitor_change(competitor_id=acme.id, website="https://elsewhere.example")

        assert found(acme) == ("", None)


@pytest.mark.usefixtures("in_tenant")
class TestRound:
    def test_each_is_checked_and_counted_once_a_day(self, site: Server, used: Any) -> None:
        radar.competitor(website=site.url)
        radar.competitor(website="")
        competitor_delete(competitor_id=radar.competitor(website=site.url).id)
        noon = clock.now().replace(hour=12)
        for moment in (noon, noon + timedelta(hours=1), noon + timedelta(days=1)):
            with clock.stopped_at(moment):
                websites_check()

        assert len(site.asked) == 2

    def test_a_worker_that_dies_before_noting_it_counts_it_once(self, site: Server, used: Any) -> None:
        radar.competitor(website=site.url)
        websites_check()
        with transaction.atomic():
            Competitor.objects.update(checked_at=None)
        websites_check()

        assert (len(site.asked), used()) == (2, 1)

    def test_it_ends_where_the_plan_includes_no_more(self, tenant: Tenant, site: Server, used: Any) -> None:
        plans.override(tenant, "usage.checks", 2)
        for _number in range(3):
            radar.competitor(website=site.url)
        websites_check()

        assert (len(site.asked), used()) == (2, 2)

    def test_what_can_only_be_read_is_not_checked(self, tenant: Tenant, site: Server, used: Any) -> None:
        radar.competitor(website=site.url)
        plans.facts(tenant, plan="business", standing=Standing.READ_ONLY)
        websites_check()

        assert (site.asked, used()) == ([], 0)


def test_the_round_reaches_every_open_workspace(
    tenant: Tenant, other_tenant: Tenant, as_tenant: Any, site: Server
) -> None:
    for one in (tenant, other_tenant):
        with as_tenant(one):
            radar.competitor(website=site.url)
    with scope.as_role("platform"), transaction.atomic():
        Tenant.objects.filter(id=other_tenant.id).update(suspended_at=clock.now())
    websites_sweep()
    run_due_tasks()

    assert len(site.asked) == 1


class TestPage:
    @pytest.fixture
    def ana(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("owner"))

    def test_somebody_has_it_checked_now(
        self, tenant: Tenant, in_tenant: scope.Scope, ana: Client, site: Server, used: Any
    ) -> None:
        acme = radar.competitor(website=site.url)
        address = f"/w/{tenant.slug}/competitors/{acme.id}/"
        assert "Not checked yet" in ana.get(address).content.decode()

        ana.post(f"{address}check/")
        run_due_tasks()

        assert "Answers (200)" in ana.get(address).content.decode()
        assert used() == 1

    def test_beyond_the_plan_it_says_so_and_calls_nobody(
        self, tenant: Tenant, in_tenant: scope.Scope, ana: Client, site: Server
    ) -> None:
        plans.override(tenant, "usage.checks", 0)
        acme = radar.competitor(website=site.url)
        refused = ana.post(f"/w/{tenant.slug}/competitors/{acme.id}/check/")
        run_due_tasks()

        assert refused.status_code == 402
        assert site.asked == []

    def test_who_only_reads_can_not(
        self, tenant: Tenant, in_tenant: scope.Scope, member: Any, signed_in: Any
    ) -> None:
        acme = radar.competitor(website="https://acme.example")
        viewer = signed_in(member("viewer"))
        assert "Check now" not in viewer.get(f"/w/{tenant.slug}/competitors/{acme.id}/").content.decode()
        assert viewer.post(f"/w/{tenant.slug}/competitors/{acme.id}/check/").status_code == 403

    def test_there_must_be_a_website(self, tenant: Tenant, in_tenant: scope.Scope, ana: Client) -> None:
        acme = radar.competitor(website="")
        with pytest.raises(Invalid, match="no website"):
            website_check_begin(competitor_id=acme.id)
        assert "Check now" not in ana.get(f"/w/{tenant.slug}/competitors/{acme.id}/").content.decode()
