"""Fixtures of the radar."""

from collections.abc import Iterator

import pytest

from apps.core import scope
from apps.radar.models import Competitor
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy


@pytest.fixture
def in_tenant(tenant: Tenant) -> Iterator[scope.Scope]:
    """Be in the workspace, as its owner."""
    with tenancy.scope_of(tenant) as now:
        yield now


@pytest.fixture
def acme(in_tenant: scope.Scope) -> Competitor:
    return radar.competitor(name="Acme")
