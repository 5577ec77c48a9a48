"""The inbox: who is told, once for each event, and that nobody else reads it."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.core.ids import new_id
from apps.notifications.interface import notifications
from apps.notifications.models import Notification
from apps.tenancy.models import Tenant
from tests.factories.tenancy import scope_of
from tests.notifications.conftest import Inbox

SignIn = Callable[[User], Client]


def notify(tenant: Tenant, *people: User, **changes: Any) -> None:
    details = {
        "kind": "members.role_changed",
        "to": frozenset(person.id for person in people),
        "source_id": new_id(),
        "values": {"role": "admin"},
    }
    with scope.use(tenant_id=tenant.id, cell="pool"), transaction.atomic():
        notifications().notify(**details | changes)


def test_a_person_is_told_of_what_concerns_them(told: User, inbox_of: Inbox) -> None:
    [found] = inbox_of(told)
    assert (found.kind, found.values, found.is_unread) == ("members.role_changed", {"role": "admin"}, True)


def test_nobody_is_told_of_what_they_did_themselves(tenant: Tenant, told: User, inbox_of: Inbox) -> None:
    with scope_of(tenant) as owner:
        pass
    assert inbox_of(User.objects.get(id=owner.user_id)) == []


def test_one_event_is_told_once(tenant: Tenant, member: Callable[..., User], inbox_of: Inbox) -> None:
    person, source = member(), new_id()
    notify(tenant, person, source_id=source)
    notify(tenant, person, source_id=source)
    assert len(inbox_of(person)) == 1


def test_who_is_no_member_is_not_told(tenant: Tenant, person: User, inbox_of: Inbox) -> None:
    notify(tenant, person)
    with scope.as_role("platform"):
        assert not Notification.objects.exists()


def test_no_colleague_reads_or_changes_it_whatever_they_ask(
    tenant: Tenant, told: User, member: Callable[..., User]
) -> None:
    with scope_of(tenant, user=member("admin")), transaction.atomic():
        assert not Notification.objects.filter(user_id=told.id).exists()
        assert Notification.objects.filter(user_id=told.id).update(is_unread=False) == 0
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from notifications_notification")
            assert cursor.fetchone() == (0,)


def test_a_colleague_finds_nothing_at_its_address(
    tenant: Tenant, told: User, member: Callable[..., User], signed_in: SignIn, inbox_of: Inbox
) -> None:
    [found] = inbox_of(told)
    colleague = signed_in(member("owner"))
    for action in ("", "read/"):
        assert colleague.post(f"/w/{tenant.slug}/inbox/{found.id}/{action}").status_code == 404
    assert inbox_of(told)[0].is_unread


def test_the_page_says_what_happened_and_counts_it(tenant: Tenant, told: User, signed_in: SignIn) -> None:
    page = signed_in(told).get(f"/w/{tenant.slug}/inbox/")
    assert "Your role is now Admin." in page.text
    assert '<span class="count">1</span>' in page.text


def test_reading_leads_to_the_place_and_is_noted(
    tenant: Tenant, told: User, signed_in: SignIn, inbox_of: Inbox
) -> None:
    [found] = inbox_of(told)
    client = signed_in(told)
    answer = client.post(f"/w/{tenant.slug}/inbox/{found.id}/")
    assert answer["Location"] == f"/w/{tenant.slug}/members/"
    assert '<span class="count">' not in client.get(f"/w/{tenant.slug}/inbox/").text


def test_everything_is_read_at_once(tenant: Tenant, told: User, signed_in: SignIn, inbox_of: Inbox) -> None:
    notify(tenant, told)
    signed_in(told).post(f"/w/{tenant.slug}/inbox/read/")
    assert [found.is_unread for found in inbox_of(told)] == [False, False]


def test_what_is_unread_comes_first(tenant: Tenant, told: User, inbox_of: Inbox, signed_in: SignIn) -> None:
    older = inbox_of(told)[0]
    notify(tenant, told)
    newer = inbox_of(told)[0]
    signed_in(told).post(f"/w/{tenant.slug}/inbox/{newer.id}/read/")
    assert [found.id for found in inbox_of(told)] == [older.id, newer.id]


def test_an_empty_inbox_says_so(tenant: Tenant, member: Callable[..., User], signed_in: SignIn) -> None:
    assert "Nothing new" in signed_in(member()).get(f"/w/{tenant.slug}/inbox/").text


def test_the_page_costs_few_queries(
    tenant: Tenant, told: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(told)
    client.get(f"/w/{tenant.slug}/inbox/")
    with django_assert_max_num_queries(8):
        client.get(f"/w/{tenant.slug}/inbox/")


def test_a_kind_of_a_module_that_is_gone_is_left_out(
    tenant: Tenant, told: User, inbox_of: Inbox, signed_in: SignIn
) -> None:
    with scope.use(tenant_id=tenant.id, user_id=told.id), transaction.atomic():
        Notification.objects.update(kind="gone.kind")
    assert inbox_of(told) == []
    assert signed_in(told).get(f"/w/{tenant.slug}/inbox/").status_code == 200


def test_the_choice_holds(tenant: Tenant, told: User, inbox_of: Inbox, signed_in: SignIn) -> None:
    client = signed_in(told)
    page = client.get(f"/w/{tenant.slug}/inbox/preferences/").text
    form = dict.fromkeys(re.findall(r'<select[^>]* name="([^"]+)"', page), "inbox")
    form["members.role_changed"] = "off"
    assert client.post(f"/w/{tenant.slug}/inbox/preferences/", form).status_code == 302
    notify(tenant, told)
    assert len(inbox_of(told)) == 1


def test_a_choice_that_there_is_not_is_refused(tenant: Tenant, told: User, signed_in: SignIn) -> None:
    answer = signed_in(told).post(f"/w/{tenant.slug}/inbox/preferences/", {"members.added": "pigeon"})
    assert answer.status_code == 422
