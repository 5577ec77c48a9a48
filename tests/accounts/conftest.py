"""What the tests about people share."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage

from apps.audit.models import AuditEntry
from apps.core import scope


@pytest.fixture
def link_in() -> Callable[[EmailMessage], str]:
    """Return the first link of a mail, as a path."""
    return lambda mail: re.findall(r"http://testserver(\S+)", str(mail.body))[0]


@pytest.fixture
def acts(db: None) -> Callable[[], list[Any]]:
    """Return what people did to their own accounts, oldest first, with its details."""

    def read() -> list[Any]:
        with scope.as_role("platform"):
            entries = AuditEntry.objects.filter(action__startswith="account.").select_related("detail")
            return list(entries.order_by("id"))

    return read
