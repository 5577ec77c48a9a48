"""Staff, and what the audit log says of them."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import scope
from tests.factories.accounts import person


@pytest.fixture
def staff_member(db: None) -> User:
    return person(name="Sam Staff", is_staff=True)


@pytest.fixture
def staff(staff_member: User, signed_in: Callable[[User], Client]) -> Client:
    """The browser of a member of staff."""
    return signed_in(staff_member)


@pytest.fixture
def recorded() -> Callable[[], list[AuditEntry]]:
    """Return what staff's looks and changes left in all audit logs, oldest first."""

    def entries() -> list[AuditEntry]:
        with scope.as_role("platform"):
            found = AuditEntry.objects.select_related("detail").order_by("id")
            return [entry for entry in found if entry.action.startswith("backoffice.")]

    return entries
