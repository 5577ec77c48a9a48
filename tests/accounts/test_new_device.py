"""People hear of log-ins from devices that they had not used before."""

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.errors import Unavailable
from apps.jobs.upkeep import run_due_tasks
from tests.accounts.test_log_in import log_in
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def person(person: User) -> User:
    """Somebody who has logged in before, at home."""
    log_in(Client(), person.email)
    return person


def mails(mailoutbox: list[EmailMessage]) -> list[str]:
    run_due_tasks()
    return [mail.subject for mail in mailoutbox]


def test_the_first_log_in_of_all_is_no_news(mailoutbox: list[EmailMessage], person: User) -> None:
    assert mails(mailoutbox) == []


def test_a_new_device_is_news_once(person: User, mailoutbox: list[EmailMessage]) -> None:
    device = Client(headers={"User-Agent": FIREFOX})
    log_in(device, person.email)
    device.post(reverse("account_logout"))
    log_in(device, person.email)

    assert mails(mailoutbox) == ["New log-in: Firefox on Linux"]
    assert mailoutbox[0].to == [person.email]
    assert "127.0.0.1" in mailoutbox[0].body
    assert reverse("account:security") in mailoutbox[0].body


def test_it_reads_in_the_persons_language(person: User, mailoutbox: list[EmailMessage]) -> None:
    User.objects.filter(id=person.id).update(language="de")
    log_in(Client(headers={"User-Agent": FIREFOX}), person.email)
    assert mails(mailoutbox) == ["Neue Anmeldung: Firefox auf Linux"]


def test_what_one_person_used_is_new_for_another(
    person: User, member: Any, mailoutbox: list[EmailMessage]
) -> None:
    shared, other = Client(), member()
    log_in(Client(), other.email)
    log_in(shared, person.email)
    shared.post(reverse("account_logout"))
    log_in(shared, other.email)
    run_due_tasks()
    assert [mail.to for mail in mailoutbox] == [[person.email], [other.email]]


def test_a_made_up_cookie_hides_nothing(person: User, settings: Any, mailoutbox: list[EmailMessage]) -> None:
    device = Client()
    device.cookies[settings.KNOWN_DEVICE_COOKIE_NAME] = person.id.hex
    log_in(device, person.email)
    assert len(mails(mailoutbox)) == 1


def test_a_wrong_password_is_no_log_in(person: User, mailoutbox: list[EmailMessage]) -> None:
    log_in(Client(), person.email, "wrong")
    assert mails(mailoutbox) == []


def test_what_is_done_stays_done_without_a_mail_server(
    person: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_details: Any) -> None:
        raise Unavailable

    monkeypatch.setattr("allauth.account.adapter.DefaultAccountAdapter.send_mail", refuse)
    client = signed_in(person)
    new = {"oldpassword": PASSWORD, "password1": "another horse battery"}
    assert client.post(reverse("account_change_password"), new).status_code == 302
    person.refresh_from_db()
    assert person.check_password("another horse battery")
