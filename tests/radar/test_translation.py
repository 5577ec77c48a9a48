"""The radar in German, its dates and its log included."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.tenancy.models import Tenant
from tests.factories import radar

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _language_ends_with_the_test() -> Iterator[None]:
    """Django leaves a request's language behind in the thread."""
    with translation.override("en"):
        yield


def test_a_person_reads_their_language(
    tenant: Tenant, as_tenant: Any, member: Callable[..., User], signed_in: SignIn
) -> None:
    with as_tenant(tenant):
        radar.signal(seen_at=datetime(2025, 5, 2, 12, tzinfo=UTC), importance=3)

    answer = signed_in(member("admin", language="de")).get(reverse("radar:overview", args=[tenant.slug]))

    page = answer.content.decode()
    assert '<html lang="de"' in page
    assert "Neueste Signale" in page
    assert "2. Mai 2025" in page
    assert "hat ein Signal zu Competitor" in page, "the log speaks the reader's language"
