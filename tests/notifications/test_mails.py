"""Mails: at once or daily, in the reader's language and time, never twice, and easily stopped."""

import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.core.notices import Channel
from apps.events.upkeep import deliver_due
from apps.jobs.models import Task
from apps.jobs.upkeep import run_due_tasks
from apps.notifications.models import Notification, Suppression
from apps.notifications.services.mails import digests_begin
from apps.notifications.services.preferences import preferences_save
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create
from tests.factories.tenancy import scope_of
from tests.notifications.conftest import change_role

KIND = "members.role_changed"


@pytest.fixture(autouse=True)
def _empty_outbox(settings: Any) -> None:
    settings.BASE_URL = "https://app.example.com"
    mail.outbox = []


def choose(tenant: Tenant, person: User, channel: Channel) -> None:
    with scope_of(tenant, user=person):
        preferences_save(channels={KIND: channel.value})


def stop_path(message: Any) -> str:
    return str(message.extra_headers["List-Unsubscribe"]).strip("<>").removeprefix("https://app.example.com")


def test_the_mail_has_text_and_html_with_its_looks_on_the_elements(told: User) -> None:
    run_due_tasks()
    [message] = mail.outbox
    [(html, _type)] = message.alternatives
    assert message.to == [told.email]
    assert message.subject.startswith("Your role is now Admin. · ")
    assert "Your role is now Admin." in message.body
    assert "Your role is now Admin." in html
    assert 'class="mail-link" style="' in html
    assert "<style>p" not in html
    assert "prefers-color-scheme" in html


def test_it_is_in_the_readers_language(tenant: Tenant, member: Callable[..., User]) -> None:
    person = member("member", language="de")
    change_role(tenant, person, "admin")
    run_due_tasks()
    assert mail.outbox[0].subject.startswith("Deine Rolle ist jetzt Admin")


def test_it_goes_out_once_however_often_the_task_runs(told: User) -> None:
    from apps.notifications.tasks import send_mail

    run_due_tasks()
    with scope.as_role("platform"):
        row = Notification.objects.get()
    with scope.use(tenant_id=row.tenant_id):
        send_mail(notification_id=row.id, user_id=told.id)
    assert len(mail.outbox) == 1


def test_what_is_told_in_the_inbox_alone_is_not_mailed(tenant: Tenant, member: Callable[..., User]) -> None:
    person = member()
    choose(tenant, person, Channel.INBOX)
    change_role(tenant, person, "admin")
    run_due_tasks()
    assert mail.outbox == []


def test_who_left_meanwhile_gets_none(tenant: Tenant, told: User) -> None:
    from apps.tenancy.models import Membership
    from apps.tenancy.services.members import member_remove

    with scope_of(tenant):
        member_remove(membership_id=Membership.objects.get(user_id=told.id).id)
    run_due_tasks()
    assert mail.outbox == []


def test_while_the_server_is_away_it_waits(told: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> int:
        raise ConnectionRefusedError

    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        with monkeypatch.context() as broken:
            broken.setattr(EmailBackend, "send_messages", refuse)
            run_due_tasks()
        assert mail.outbox == []
        clock.shift(60)
        run_due_tasks()
    assert len(mail.outbox) == 1


def refusing(code: int) -> Callable[..., int]:
    def refuse(_backend: Any, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (code, b"no")})

    return refuse


def only_notification() -> Notification:
    with scope.as_role("platform"):
        return Notification.objects.get()


@pytest.mark.parametrize(("code", "channel"), [(550, Channel.INBOX), (450, Channel.MAIL)])
def test_a_mailbox_that_is_refused_for_good_gets_no_more(
    code: int, channel: Channel, told: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailBackend, "send_messages", refusing(code))
    run_due_tasks()
    left = only_notification()
    assert (left.channel, left.mailed_at) == (channel, None)


def test_a_suppressed_address_is_left_alone(told: User) -> None:
    Suppression.objects.create(address=told.email, reason=Suppression.Reason.BOUNCED)
    run_due_tasks()
    assert mail.outbox == []
    with scope.as_role("platform"):
        left = Notification.objects.get(user_id=told.id)
    assert (left.channel, left.mailed_at) == (Channel.INBOX, None)


def test_no_invitation_is_mailed_to_a_suppressed_address(tenant: Tenant, as_tenant: Any) -> None:
    Suppression.objects.create(address="li@example.com", reason=Suppression.Reason.COMPLAINED)
    with as_tenant(tenant, role="owner"):
        invitation_create(email="Li@example.com", role="member")
        invitation_create(email="mo@example.com", role="member")
    deliver_due()
    assert [message.to for message in mail.outbox] == [["mo@example.com"]]


def test_one_click_stops_the_mails_without_a_log_in(tenant: Tenant, told: User, inbox_of: Any) -> None:
    run_due_tasks()
    assert mail.outbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    posted = Client(enforce_csrf_checks=True).post(
        stop_path(mail.outbox[0]), {"List-Unsubscribe": "One-Click"}
    )
    assert posted.status_code == 200

    change_role(tenant, told, "member")
    run_due_tasks()
    assert (len(mail.outbox), len(inbox_of(told))) == (1, 2)


def test_looking_at_the_link_changes_nothing(tenant: Tenant, told: User) -> None:
    run_due_tasks()
    page = Client().get(stop_path(mail.outbox[0]))
    assert "Stop these mails?" in page.text
    change_role(tenant, told, "member")
    run_due_tasks()
    assert len(mail.outbox) == 2


def test_a_link_that_was_made_up_leads_nowhere(db: None) -> None:
    assert Client().post("/mail/stop/WyJhIl0:made:up/").status_code == 404


@pytest.fixture
def reader(tenant: Tenant, member: Callable[..., User]) -> User:
    """A member in Tokyo who wants the daily mail."""
    person = member("member", time_zone="Asia/Tokyo")
    choose(tenant, person, Channel.DIGEST)
    return person


def test_the_digest_comes_at_eight_on_the_readers_clock(tenant: Tenant, reader: User) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        change_role(tenant, reader, "member")
        for hour, expected in ((22, 0), (23, 1)):  # 8 in Tokyo is 23 UTC
            clock.move_to(datetime(2026, 3, 1, hour, tzinfo=UTC))
            digests_begin()
            run_due_tasks()
            assert len(mail.outbox) == expected
        digests_begin()
        run_due_tasks()
    [message] = mail.outbox
    assert message.subject.startswith("2 things are new in ")
    assert "1 March, 21:00" in message.body


def test_a_digest_that_was_missed_comes_later_that_day(tenant: Tenant, reader: User) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        clock.move_to(datetime(2026, 3, 2, 3, tzinfo=UTC))
        digests_begin()
        run_due_tasks()
    assert len(mail.outbox) == 1


def test_no_digest_waits_for_a_mailbox_that_is_refused_for_good(
    tenant: Tenant, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailBackend, "send_messages", refusing(550))
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        clock.move_to(datetime(2026, 3, 2, 3, tzinfo=UTC))
        digests_begin()
        run_due_tasks()
    assert only_notification().channel == Channel.INBOX


def test_a_digest_is_given_up_before_the_next_hour_asks_for_it(
    tenant: Tenant, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailBackend, "send_messages", refusing(450))
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        clock.move_to(datetime(2026, 3, 2, 3, tzinfo=UTC))
        digests_begin()
        for _minutes in range(10):
            run_due_tasks()
            clock.shift(300)
    with scope.as_role("platform"):
        assert Task.objects.get(name="notifications.send_digest").state == Task.State.DEAD


def test_what_was_read_is_not_in_the_digest(tenant: Tenant, reader: User, signed_in: Any) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        signed_in(reader).post(f"/w/{tenant.slug}/inbox/read/")
        clock.move_to(datetime(2026, 3, 1, 23, tzinfo=UTC))
        digests_begin()
        run_due_tasks()
    assert mail.outbox == []


def test_the_digests_link_stops_the_digest(tenant: Tenant, reader: User) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        change_role(tenant, reader, "admin")
        clock.move_to(datetime(2026, 3, 1, 23, tzinfo=UTC))
        digests_begin()
        run_due_tasks()
        assert Client().post(stop_path(mail.outbox[0])).status_code == 200
        change_role(tenant, reader, "member")
        clock.move_to(datetime(2026, 3, 2, 23, tzinfo=UTC))
        digests_begin()
        run_due_tasks()
    assert len(mail.outbox) == 1
