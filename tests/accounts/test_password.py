"""Resetting and changing passwords."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
LinkIn = Callable[[EmailMessage], str]
NEW = "another horse battery"


def ask_for_reset(client: Client, email: str) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email})


def test_reset_by_mail(
    client: Client, person: User, signed_in: Any, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    elsewhere = signed_in(person)
    assert b"Check your mail" in client.get(ask_for_reset(client, person.email).url).content

    form = client.get(link_in(mailoutbox[0]))
    assert form.url.endswith("-set-password/"), "the secret must not stay in the address bar"
    answer = client.post(form.url, {"password1": NEW})

    assert b"Password saved" in client.get(answer.url).content
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert mailoutbox[1].subject == "Your password was reset"
    assert elsewhere.get(reverse("account:profile")).status_code == 302, "other sessions end"


def test_reset_link_works_once(
    client: Client, person: User, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    ask_for_reset(client, person.email)
    link = link_in(mailoutbox[0])
    client.post(client.get(link).url, {"password1": NEW})
    assert b"This link no longer works" in Client().get(link).content


def test_reset_of_an_unknown_address_answers_the_same(
    client: Client, person: User, mailoutbox: list[EmailMessage]
) -> None:
    answers = [ask_for_reset(client, email) for email in (person.email, "nobody@example.com")]
    assert answers[0].url == answers[1].url
    assert mailoutbox[1].subject == "There is no account with this address"


def test_change(person: User, signed_in: Any, mailoutbox: list[EmailMessage]) -> None:
    client, elsewhere = signed_in(person), signed_in(person)
    answer = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW})
    assert answer.status_code == 302
    assert mailoutbox[0].subject == "Your password was changed"
    assert client.get(reverse("account:profile")).status_code == 200
    assert elsewhere.get(reverse("account:profile")).status_code == 302


def test_change_needs_the_present_one(person: User, signed_in: Any) -> None:
    answer = signed_in(person).post(
        reverse("account_change_password"), {"oldpassword": "wrong", "password1": NEW}
    )
    assert answer.context["form"].errors["oldpassword"] == ["This isn't your present password."]


def test_a_person_without_one_sets_it(person: User, signed_in: Any) -> None:
    person.set_unusable_password()
    person.save()
    client = signed_in(person)
    page = client.get(reverse("account_change_password"))
    assert b"Set a password" in client.get(page.url).content
    client.post(page.url, {"password1": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_changing_and_resetting_are_recorded(
    person: User,
    signed_in: Any,
    mailoutbox: list[EmailMessage],
    link_in: LinkIn,
    acts: Callable[[], list[Any]],
) -> None:
    signed_in(person).post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW})
    client = Client()
    ask_for_reset(client, person.email)
    client.post(client.get(link_in(mailoutbox[1])).url, {"password1": PASSWORD})
    assert [(entry.action, entry.actor_id) for entry in acts()] == [
        ("account.password_changed", person.id),
        ("account.password_reset", person.id),
    ]
