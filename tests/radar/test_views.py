"""The pages of the radar, in each of their states."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.tenancy.models import Tenant

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def ana(member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    return signed_in(member("owner"))


def test_a_competitor_is_added_and_recorded(ana: Client, tenant: Tenant, as_tenant: InTenant) -> None:
    answer = ana.post(f"/w/{tenant.slug}/competitors/add/", {"name": "Acme"}, follow=True)

    assert answer.status_code == 200
    assert "Acme" in answer.content.decode()
    assert "Acme" in ana.get(f"/w/{tenant.slug}/competitors/").content.decode()
    with as_tenant(tenant):
        newest = audit().list_entries(filters=Filters()).entries[0]
    assert newest.sentence.endswith("added the competitor Acme.")
