"""Background work that is handed another workspace's ids does nothing there."""

from uuid import UUID

import pytest

from apps.core import scope
from apps.tenancy.models import Tenant
from tests.architecture.leaks import background
from tests.architecture.leaks.attack import Siege
from tests.architecture.leaks.background import Work

WORK = background.find()


@pytest.mark.parametrize("work", WORK, ids=str)
def test_it_keeps_to_its_workspace(siege: Siege, work: Work) -> None:
    assert background.faults(siege, work) == []


def test_a_planted_leak_is_found(siege: Siege) -> None:
    def rename(tenant_id: object) -> None:
        with scope.as_role("platform"):
            Tenant.objects.filter(id=tenant_id).update(name="Taken")

    planted = Work("planted", {"tenant_id": UUID}, rename)

    assert background.faults(siege, planted) == ["planted changed public.tenancy_tenant."]
