"""From nothing to a confirmed account."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from tests.factories.accounts import person

pytestmark = pytest.mark.django_db
LinkIn = Callable[[EmailMessage], str]
LONG_ADDRESS = "ana@" + ".".join(["x" * 60] * 4) + ".example.com"  # a valid one of 259 characters
NEW = {"name": "  Ana   Ruiz ", "email": "Ana@Example.com", "password1": "correct horse battery"}


def sign_up(client: Client, **changes: str) -> Any:
    return client.post(reverse("account_signup"), NEW | changes)


def test_sign_up_confirm_and_land_at_home(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    answer = sign_up(client)

    assert answer.url == reverse("account_email_verification_sent")
    assert b"Check your mail" in client.get(answer.url).content
    assert mailoutbox[0].to == ["ana@example.com"]
    link = link_in(mailoutbox[0])
    assert b"Confirm your address" in client.get(link).content
    assert not EmailAddress.objects.get().verified, "looking at the page must not confirm"

    answer = client.post(link)

    assert answer.url == reverse("home")
    user = User.objects.get()
    assert (user.name, user.email) == ("Ana Ruiz", "ana@example.com")
    assert client.session["_auth_user_id"] == str(user.id)


def test_next_is_kept_through_confirmation_in_the_same_browser(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    sign_up(client, next="/invitations/accept/")
    assert client.post(link_in(mailoutbox[0]).partition("?")[0]).url == "/invitations/accept/"


def test_next_is_kept_through_confirmation_in_another_browser(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    sign_up(client, next="/invitations/accept/")
    link, elsewhere = link_in(mailoutbox[0]), Client()

    assert b'value="/invitations/accept/"' in elsewhere.get(link).content
    answer = elsewhere.post(link, {"next": "/invitations/accept/"})

    assert answer.url == "/invitations/accept/"
    assert "_auth_user_id" not in elsewhere.session


def test_next_to_another_site_is_not_followed(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    sign_up(client, next="https://evil.example/")
    link = link_in(mailoutbox[0])
    assert "evil" not in link
    assert client.post(link).url == reverse("home")


def test_log_in_and_sign_up_pass_next_on_to_each_other(client: Client) -> None:
    for name, other in [("account_login", "account_signup"), ("account_signup", "account_login")]:
        page = client.get(reverse(name), {"next": "/invitations/accept/"}).content.decode()
        assert f"{reverse(other)}?next=%2Finvitations%2Faccept%2F" in page


def test_a_taken_address_answers_the_same_and_its_owner_is_told(
    client: Client, mailoutbox: list[EmailMessage]
) -> None:
    owner = person(email="ana@example.com")

    answer = sign_up(client)

    assert answer.url == reverse("account_email_verification_sent")
    assert User.objects.get() == owner
    assert mailoutbox[0].subject == "You have an account already"


def test_a_taken_address_takes_as_long(client: Client) -> None:
    person(email="ana@example.com")
    with patch("apps.accounts.forms.entrance.make_password") as hashed:
        sign_up(client)
    hashed.assert_called_once_with(NEW["password1"])


def test_two_sign_ups_at_the_same_moment_make_one_person(client: Client) -> None:
    person(email="ana@example.com")
    with (
        patch("allauth.account.forms.flows.manage_email.email_already_exists", lambda email: (email, False)),
        patch("allauth.account.forms.email_already_exists", lambda email: (email, False)),
    ):
        answer = sign_up(client)
    assert answer.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1


def test_a_failure_half_way_leaves_nobody(client: Client) -> None:
    client.raise_request_exception = False
    with patch("allauth.account.forms.setup_user_email", side_effect=RuntimeError("broken")):
        assert sign_up(client).status_code == 500
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 121),
        ("email", "ana"),
        ("email", LONG_ADDRESS),
        ("password1", "short"),
        ("password1", "password"),
    ],
)
def test_bad_input_is_shown_beside_its_field(client: Client, field: str, value: str) -> None:
    answer = sign_up(client, **{field: value})
    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.exists()


def test_used_and_made_up_links_say_what_to_do(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn
) -> None:
    sign_up(client)
    link = link_in(mailoutbox[0])
    client.post(link)
    for dead in (link, reverse("account_confirm_email", args=["made-up"])):
        assert b"This link no longer works" in Client().get(dead).content
        assert Client().post(dead).status_code == 404


def test_signing_up_and_confirming_are_recorded(
    client: Client, mailoutbox: list[EmailMessage], link_in: LinkIn, acts: Callable[[], list[Any]]
) -> None:
    sign_up(client)
    client.post(link_in(mailoutbox[0]))

    entries = acts()

    assert [entry.action for entry in entries] == [
        "account.signed_up",
        "account.email_confirmed",
        "account.logged_in",
    ]
    assert {entry.actor_id for entry in entries} == {User.objects.get().id}
    assert {entry.tenant_id for entry in entries} == {None}
