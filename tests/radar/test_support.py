"""What support changes in the radar where a workspace lets it, and what it takes out: nothing."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import scope
from apps.radar.models import Competitor
from apps.tenancy.models import Tenant
from tests.factories import support
from tests.factories import tenancy as workspaces

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss(tenant: Tenant) -> User:
    return workspaces.member(tenant, "owner", name="Bea Boss")


@pytest.fixture
def staff() -> User:
    return support.support()


@pytest.fixture
def changing(tenant: Tenant, boss: User, staff: User) -> Client:
    """The browser of support, who may change things as an owner."""
    return support.begin(tenant, boss, staff=staff, may_write="on")


def test_a_competitor_is_added_under_both_names(
    changing: Client, tenant: Tenant, staff: User, boss: User
) -> None:
    given = {"name": "Alder", "website": "https://alder.example"}
    assert changing.post(reverse("radar:competitor_add", args=[tenant.slug]), given).status_code == 302
    with scope.use(tenant_id=tenant.id, cell="pool"):
        assert Competitor.objects.get().name == "Alder"
        entry = AuditEntry.objects.select_related("detail").get(action="radar.competitor_added")
    assert (entry.actor_kind, entry.actor_id, entry.on_behalf_of_id) == ("staff", staff.id, boss.id)
    assert to_entry(entry).sentence.startswith(
        f"Sam Berg ({settings.PRODUCT_NAME} support) as Bea Boss added"
    )


def test_signals_are_not_taken_out(changing: Client, tenant: Tenant) -> None:
    answer = changing.post(reverse("radar:signals_export", args=[tenant.slug]))
    assert answer.status_code == 403
    assert "It is for members of the workspace alone." in answer.content.decode()
