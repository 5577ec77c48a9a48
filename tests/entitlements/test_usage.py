"""What people see of how much their plan has left."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.billing.interface import usage
from apps.core import scope
from apps.entitlements.interface import Allowance
from apps.tenancy.models import Tenant
from tests.factories import entitlements as decisions

SEATS = "members.seats"


@pytest.fixture
def owner(member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    """The second member of the workspace."""
    return signed_in(member("owner"))


def page(client: Client, tenant: Tenant) -> str:
    return client.get(reverse("entitlements:usage", args=[tenant.slug])).content.decode()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (5, ["2 / 5"]),
        (2, ["2 / 2", "Nothing more fits."]),
        (1, ["2 / 1", "Nothing more fits."]),
        (None, ["2, no limit"]),
    ],
)
def test_a_limit_says_what_is_left(tenant: Tenant, owner: Client, limit: int | None, said: list[str]) -> None:
    decisions.override(tenant, SEATS, limit)

    text = page(owner, tenant)
    assert all(each in text for each in said), text


@pytest.mark.parametrize(
    ("used", "is_near", "is_reached"), [(79, False, False), (80, True, False), (100, True, True)]
)
def test_it_warns_at_80_and_stops_at_100_percent(used: int, is_near: bool, is_reached: bool) -> None:
    allowance = Allowance(name=SEATS, label="Members", limit=100, used=used)

    assert (allowance.is_near, allowance.is_reached) == (is_near, is_reached)


@pytest.mark.parametrize(
    ("used", "said", "unsaid"),
    [
        (79, ["79 / 100"], ["Room for", "Nothing more fits"]),
        (80, ["80 / 100", "Room for 20 more."], ["Nothing more fits"]),
        (100, ["100 / 100", "Nothing more fits."], ["Room for"]),
    ],
)
def test_the_bars_show_what_was_recorded(
    tenant: Tenant, owner: Client, used: int, said: list[str], unsaid: list[str]
) -> None:
    decisions.facts(tenant, plan="free")
    decisions.override(tenant, SEATS, None)
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        for number in range(used):
            usage().record(tenant_id=tenant.id, meter="checks", quantity=1, identifier=f"check {number}")

    text = page(owner, tenant)
    assert all(each in text for each in said), text
    assert not any(each in text for each in unsaid), text


def test_who_may_not_see_it(
    tenant: Tenant, member: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    address = reverse("entitlements:usage", args=[tenant.slug])
    assert signed_in(member("viewer")).get(address).status_code == 403


def test_few_queries(tenant: Tenant, owner: Client, django_assert_max_num_queries: Any) -> None:
    page(owner, tenant)
    with django_assert_max_num_queries(8):  # the one that sets the scope included
        page(owner, tenant)
