"""Fixtures of tenancy."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.tenancy.models import Invitation, Tenant
from apps.tenancy.services.invitations import invitation_create
from tests.factories.accounts import person


@pytest.fixture
def guest(db: None) -> User:
    return person(email="li@example.com", name="Li Wei")


@pytest.fixture
def invitation(tenant: Tenant, as_tenant: Any) -> Invitation:
    with as_tenant(tenant):
        return invitation_create(email="Li@Example.com", role="member")
