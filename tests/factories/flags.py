"""Decisions about feature flags for tests."""

from django.db import transaction

from apps.core import scope
from apps.flags.models import FlagException, FlagShare
from apps.flags.selectors import forget_switches
from apps.tenancy.models import Tenant


def share(flag: str, percent: int) -> FlagShare:
    """Switch a flag on for a share of the workspaces, as staff would."""
    with scope.as_role("platform"), transaction.atomic():
        row, _is_new = FlagShare.objects.update_or_create(flag=flag, defaults={"percent": percent})
    forget_switches()
    return row


def exception(flag: str, tenant: Tenant, state: str) -> FlagException:
    """Switch a flag for one workspace, as staff would: `on`, `off` or `share`."""
    with scope.use(role="platform", tenant_id=tenant.id), transaction.atomic():
        row, _is_new = FlagException.objects.update_or_create(
            flag=flag, tenant_id=tenant.id, defaults={"state": state}
        )
    forget_switches()
    return row
