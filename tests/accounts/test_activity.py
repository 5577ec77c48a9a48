"""People see what was done with their account, and nobody else's."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import scope
from apps.tenancy.models import Tenant
from tests.accounts.test_log_in import log_in
from tests.factories.accounts import person as somebody

pytestmark = pytest.mark.django_db
PAGE = reverse("account:activity")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser(person: User) -> Client:
    client = Client(headers={"User-Agent": FIREFOX})
    log_in(client, person.email)
    return client


def shown(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_log_ins_are_shown_with_device_and_address_failed_ones_too(person: User, browser: Client) -> None:
    log_in(
        Client(headers={"User-Agent": "Acme/1.0 (iPhone)"}, REMOTE_ADDR="192.0.2.7"), person.email, "wrong"
    )
    page = shown(browser)
    assert f"{person.display_name} logged in." in page
    assert "Firefox on Linux" in page
    assert f"Somebody failed to log in as {person.email}." in page
    assert "Acme on iPhone" in page
    assert "192.0.2.7" in page


def test_changes_are_shown(person: User, browser: Client) -> None:
    browser.post(
        reverse("account:profile"),
        {"name": "Ana Ruiz", "time_zone": "UTC", "language": "en", "theme": "dark"},
    )
    assert "Ana Ruiz changed their profile." in shown(browser)


def test_what_is_about_others_is_not_shown(browser: Client) -> None:
    other = somebody(name="Somebody Else")
    log_in(Client(), other.email)
    log_in(Client(), other.email, "wrong")
    log_in(Client(), "nobody@example.com", "wrong")
    page = shown(browser)
    assert "Somebody Else" not in page
    assert other.email not in page
    assert "nobody@example.com" not in page


def test_older_entries_are_on_further_pages(browser: Client) -> None:
    for number in range(26):
        theme = ("dark", "light")[number % 2]
        browser.post(reverse("account:theme"), {"theme": theme})
    first = browser.get(PAGE)
    assert "logged in." not in first.content.decode()
    assert "logged in." in shown(browser, PAGE + first.context["next"])


def test_the_security_page_leads_there(browser: Client) -> None:
    assert PAGE in shown(browser, reverse("account:security"))


def test_it_takes_few_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    shown(browser)
    with django_assert_max_num_queries(8):
        shown(browser)


def test_the_database_itself_shows_a_person_no_more(person: User, browser: Client, tenant: Tenant) -> None:
    """Asked in plain SQL, past the second wall."""
    log_in(Client(), somebody().email)

    def seen(**now: Any) -> int:
        with scope.use(**now), connection.cursor() as cursor:
            cursor.execute(
                "select count(*) filter (where target_id is distinct from %s), count(*)"
                " from audit_entry join audit_detail on entry_id = id where audit_entry.tenant_id is null",
                [person.id],
            )
            of_others, count = cursor.fetchone()
            assert of_others == 0
            return int(count)

    assert seen(user_id=person.id) == 1
    assert seen() == 0
    assert seen(user_id=person.id, tenant_id=tenant.id) == 0
