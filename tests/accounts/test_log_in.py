"""Logging in and out, and what stands against guessing."""

import re
from collections.abc import Callable
from math import log2
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.adapter import AccountAdapter
from apps.accounts.models import User
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
Acts = Callable[[], list[Any]]


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password, **more})


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"^[A-Z0-9-]{6,}$", str(mail.body), re.MULTILINE)
    assert found
    return found[0]


class TestPassword:
    def test_leads_home(self, client: Client, person: User) -> None:
        assert log_in(client, person.email.upper()).url == reverse("home")

    def test_leads_to_next(self, client: Client, person: User) -> None:
        assert log_in(client, person.email, next="/invitations/accept/").url == "/invitations/accept/"

    def test_does_not_lead_to_another_site(self, client: Client, person: User) -> None:
        assert log_in(client, person.email, next="https://evil.example/").url == reverse("home")

    def test_unknown_address_and_wrong_password_read_the_same(self, client: Client, person: User) -> None:
        errors = [
            log_in(client, email, "wrong").context["form"].non_field_errors()
            for email in (person.email, "nobody@example.com")
        ]
        assert errors[0] == errors[1] == ["The address or the password isn't right."]

    def test_switched_off_account(self, client: Client, person: User) -> None:
        User.objects.filter(id=person.id).update(is_active=False)
        answer = log_in(client, person.email)
        assert answer.url == reverse("account_inactive")
        assert b"switched off" in client.get(answer.url).content

    def test_unconfirmed_address_gets_its_link_again(
        self, client: Client, person: User, mailoutbox: list[EmailMessage]
    ) -> None:
        person.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
        assert log_in(client, person.email).url == reverse("account_email_verification_sent")
        assert len(mailoutbox) == 1


class TestCode:
    def ask(self, client: Client, email: str, **more: str) -> Any:
        return client.post(reverse("account_request_login_code"), {"email": email, **more})

    def test_leads_to_next(self, client: Client, person: User, mailoutbox: list[EmailMessage]) -> None:
        answer = self.ask(client, person.email, next="/invitations/accept/")
        assert person.email.encode() in client.get(answer.url).content
        answer = client.post(answer.url, {"code": code_in(mailoutbox[0]), "next": "/invitations/accept/"})
        assert answer.url == "/invitations/accept/"
        assert client.session["_auth_user_id"] == str(person.id)

    def test_unknown_address_answers_the_same(self, client: Client, mailoutbox: list[EmailMessage]) -> None:
        answer = self.ask(client, "nobody@example.com")
        assert answer.url == reverse("account_confirm_login_code")
        assert client.get(answer.url).status_code == 200
        assert mailoutbox[0].subject == "There is no account with this address"

    def test_three_wrong_codes_end_it(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        url = self.ask(client, person.email).url
        assert b"the code we sent" in client.post(url, {"code": "WRONG1"}).content
        client.post(url, {"code": "WRONG2"})
        assert client.post(url, {"code": "WRONG3"}).status_code == 302
        client.post(url, {"code": code_in(mailoutbox[0])})
        assert "_auth_user_id" not in client.session
        assert [entry.action for entry in acts()] == ["account.login_failed"] * 3

    def test_codes_are_drawn_from_many(self) -> None:
        drawn = [AccountAdapter().generate_login_code().replace("-", "") for _code in range(200)]
        alphabet = set("".join(drawn))
        assert len(set(drawn)) == len(drawn)
        assert min(map(len, drawn)) * log2(len(alphabet)) > 20  # bits

    def test_shuts_out_who_signed_up_with_the_address_of_somebody_else(
        self, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        email, password = "victim@example.com", "evil horse battery"
        Client().post(reverse("account_signup"), {"name": "Eve", "email": email, "password1": password})
        victim, eve = Client(), Client()
        url = self.ask(victim, email).url
        victim.post(url, {"code": code_in(mailoutbox[-1])})
        assert victim.get(reverse("account:profile")).status_code == 200
        log_in(eve, email, password)
        assert "_auth_user_id" not in eve.session
        assert "account.email_confirmed" in [entry.action for entry in acts()]

    def test_a_new_code_can_be_asked_for(
        self, client: Client, person: User, mailoutbox: list[EmailMessage]
    ) -> None:
        url = self.ask(client, person.email).url
        client.post(url, {"action": "resend"})
        client.post(url, {"code": code_in(mailoutbox[-1])})
        assert len(mailoutbox) == 2
        assert client.session["_auth_user_id"] == str(person.id)


class TestLogOut:
    def test_asks_first_and_leads_to_the_landing_page(self, person: User, signed_in: Any) -> None:
        client = signed_in(person)
        assert b"Log out?" in client.get(reverse("account_logout")).content
        assert client.post(reverse("account_logout")).url == reverse("landing")
        assert "_auth_user_id" not in client.session


class TestRecord:
    def test_log_in_and_log_out(self, client: Client, person: User, acts: Acts) -> None:
        log_in(client, person.email)
        client.post(reverse("account_logout"))
        entries = acts()
        assert [entry.action for entry in entries] == ["account.logged_in", "account.logged_out"]
        assert [entry.detail.address for entry in entries] == ["127.0.0.1"] * 2

    def test_failure_names_the_account_and_nobody_as_its_actor(
        self, client: Client, person: User, acts: Acts
    ) -> None:
        log_in(client, person.email, "wrong")
        for email in ("nobody@example.com", "Nobody@example.com ", "noone@example.com"):
            log_in(client, email, "wrong")
        known, unknown, again, another = acts()
        assert (known.action, known.actor_kind, known.actor_id) == ("account.login_failed", "anonymous", None)
        assert known.target_id == person.id
        assert known.detail.target_label == person.email
        assert unknown.target_id is None
        assert "example" not in str(
            unknown.detail.__dict__
        )  # Whose it is is not known, so nobody could erase it.
        assert unknown.detail.target_label == again.detail.target_label != another.detail.target_label
        assert "wrong" not in str(known.detail.__dict__)


class TestLimits:
    def test_guessing_one_account_stops_after_five_whatever_the_header_says(
        self, client: Client, person: User
    ) -> None:
        for number in range(5):
            log_in(client, person.email, "wrong")
            client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        answer = log_in(client, person.email)
        assert answer.context["form"].non_field_errors() == [
            "Too many tries. Wait a few minutes, then try again."
        ]
        assert "_auth_user_id" not in client.session

    def test_guessing_many_accounts_from_one_place_stops_after_ten(self, client: Client, acts: Acts) -> None:
        for number in range(12):
            client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
            log_in(client, f"person{number}@example.com", "wrong")
        assert len(acts()) == 10

    @pytest.mark.parametrize(
        ("page", "data", "allowed"),
        [
            ("account_login", {}, 30),
            ("account_signup", {}, 20),
            ("account_reset_password", {"email": "ana@example.com"}, 5),
        ],
    )
    def test_too_many_tries_get_our_page(
        self, client: Client, page: str, data: dict[str, str], allowed: int
    ) -> None:
        answers = [client.post(reverse(page), data) for _try in range(allowed + 1)]
        assert answers[-2].status_code != 429
        assert answers[-1].status_code == 429
        assert b"Too many tries" in answers[-1].content
        assert b"error-page" in answers[-1].content

    def test_codes_are_limited_by_address(self, person: User, mailoutbox: list[EmailMessage]) -> None:
        for _try in range(4):
            answer = Client().post(reverse("account_request_login_code"), {"email": person.email})
        assert len(mailoutbox) == 3
        assert "Too many tries" in answer.context["form"].errors["email"][0]
