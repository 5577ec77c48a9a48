"""Moving an account to another address."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.interface import accounts
from apps.accounts.models import User
from tests.factories.accounts import PASSWORD, let_time_pass
from tests.factories.accounts import person as make_person

pytestmark = pytest.mark.django_db
LinkIn = Callable[[EmailMessage], str]
NEW = "new@example.com"


@pytest.fixture
def client(person: User, signed_in: Any) -> Client:
    """A session of `person`."""
    client: Client = signed_in(person)
    return client


def change_to(client: Client, email: str) -> Any:
    return client.post(reverse("account_email"), {"email": email, "action_add": "1"})


def test_the_password_is_asked_for_first(
    person: User, signed_in: Any, mailoutbox: list[EmailMessage]
) -> None:
    client = signed_in(person)
    let_time_pass(client)
    answer = change_to(client, NEW)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert b"Confirm it" in client.get(answer.url).content
    assert mailoutbox == []

    client.post(answer.url, {"password": PASSWORD})

    assert mailoutbox[0].to == [NEW], "what was asked for goes on by itself"


def test_nothing_changes_before_the_new_address_is_confirmed(
    client: Client, person: User, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    change_to(client, NEW)
    person.refresh_from_db()
    assert person.email != NEW
    assert b"One step left" in client.get(reverse("account_email")).content

    client.post(link_in(mailoutbox[0]))

    before, after = person.email, User.objects.get(id=person.id).email
    assert after == NEW
    assert [(mail.to, mail.subject) for mail in mailoutbox[1:]] == [([before], "Your address was changed")]


def test_the_change_ends_the_other_sessions(
    client: Client, person: User, signed_in: Any, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    elsewhere = signed_in(person)
    for session in (client, elsewhere):
        session.get(reverse("account:profile"))
    change_to(client, NEW)
    client.post(link_in(mailoutbox[0]))
    assert client.get(reverse("account:profile")).status_code == 200
    assert elsewhere.get(reverse("account:profile")).status_code == 302


def test_an_address_that_is_too_long_is_refused(client: Client, mailoutbox: list[EmailMessage]) -> None:
    answer = change_to(client, "ana@" + ".".join(["x" * 60] * 4) + ".example.com")
    assert list(answer.context["form"].errors) == ["email"]
    assert mailoutbox == []


def test_a_change_can_be_cancelled(client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn) -> None:
    change_to(client, NEW)
    client.post(reverse("account_email"), {"email": NEW, "action_remove": "1"})
    assert b"This link no longer works" in client.get(link_in(mailoutbox[0])).content


def test_an_address_of_somebody_else_answers_the_same_and_is_not_taken(
    client: Client, person: User, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    other = make_person()
    assert change_to(client, other.email).status_code == 302
    client.post(link_in(mailoutbox[0]))
    person.refresh_from_db()
    assert person.email != other.email


def test_an_address_that_somebody_never_confirmed_is_no_error_of_ours(
    client: Client, person: User, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    squatter = make_person()
    squatter.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    change_to(client, squatter.email)
    assert client.post(link_in(mailoutbox[0])).status_code in (200, 302)
    person.refresh_from_db()
    assert person.email != squatter.email


@pytest.mark.parametrize("email", ["", "no address"])
def test_bad_input_is_shown(client: Client, email: str) -> None:
    assert list(change_to(client, email).context["form"].errors) == ["email"]


def test_the_change_is_recorded(
    client: Client,
    person: User,
    mailoutbox: list[EmailMessage],
    link_in: LinkIn,
    acts: Callable[[], list[Any]],
) -> None:
    change_to(client, NEW)
    client.post(link_in(mailoutbox[0]))
    entry = acts()[-1]
    assert (entry.action, entry.actor_id) == ("account.email_changed", person.id)
    assert (entry.detail.before, entry.detail.after) == ({"email": person.email}, {"email": NEW})


def test_the_former_address_is_known_until_somebody_else_has_it(
    client: Client, person: User, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    change_to(client, NEW)
    client.post(link_in(mailoutbox[0]))
    assert accounts().list_addresses(user_id=person.id) == (NEW, person.email)
    make_person(email=person.email)
    assert accounts().list_addresses(user_id=person.id) == (NEW,)


class TestBeforeItIsConfirmed:
    """Nobody has shown yet whose the new address is: it opens nothing."""

    @pytest.mark.parametrize("page", ["account_request_login_code", "account_reset_password"])
    def test_it_gets_neither_a_code_nor_a_link(
        self, client: Client, mailoutbox: list[EmailMessage], page: str
    ) -> None:
        change_to(client, NEW)
        Client().post(reverse(page), {"email": NEW})
        assert (mailoutbox[-1].to, mailoutbox[-1].subject) == ([NEW], "There is no account with this address")

    def test_an_app_gets_no_code_by_it(self, client: Client, mailoutbox: list[EmailMessage]) -> None:
        change_to(client, NEW)
        path = "/api/auth/app/v1/auth/code/request"
        Client().post(path, {"email": NEW}, content_type="application/json")
        assert mailoutbox[-1].subject == "There is no account with this address"

    def test_a_new_password_forgets_it(
        self, client: Client, person: User, signed_in: Any, mailoutbox: list[EmailMessage], link_in: LinkIn
    ) -> None:
        change_to(signed_in(person), "thief@example.com")
        link = link_in(mailoutbox[-1])
        password = {"oldpassword": PASSWORD, "password1": "another horse battery"}
        client.post(reverse("account_change_password"), password)
        Client().post(link)
        assert User.objects.get(id=person.id).email == person.email

    def test_logging_out_everywhere_else_forgets_it(
        self, client: Client, person: User, signed_in: Any, mailoutbox: list[EmailMessage], link_in: LinkIn
    ) -> None:
        change_to(signed_in(person), "thief@example.com")
        link = link_in(mailoutbox[-1])
        client.post(reverse("account:end_other_sessions"))
        Client().post(link)
        assert User.objects.get(id=person.id).email == person.email
