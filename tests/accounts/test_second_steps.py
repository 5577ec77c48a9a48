"""Codes from an app and recovery codes: turning them on, logging in with them, losing the phone."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import step_up
from tests.factories.accounts import PASSWORD, let_time_pass

pytestmark = pytest.mark.django_db
Acts = Callable[[], list[Any]]


def code_of(key: str, *, later: int = 0) -> str:
    """Return what an authenticator app with this key shows, `later` periods from now."""
    return format_hotp_value(hotp_value(key, int(time.time()) // 30 + later))


@pytest.fixture
def client(person: User, signed_in: Any) -> Client:
    """A session of `person`."""
    client: Client = signed_in(person)
    return client


def turn_on(client: Client) -> str:
    """Turn on codes from an app, and return the app's key."""
    key = str(client.get(reverse("mfa_activate_totp")).context["form"].secret)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(key)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    return key


def recovery_codes(client: Client) -> list[str]:
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"^(?:.*>)?(\d{8})$", page, re.MULTILINE)


def give_password(person: User) -> tuple[Client, Any]:
    client = Client()
    return client, client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


def give_code(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


class TestTurningOn:
    def test_the_page_shows_a_picture_and_the_key_as_text(self, client: Client) -> None:
        page = client.get(reverse("mfa_activate_totp"))
        assert b'src="data:image/svg+xml;base64,' in page.content
        assert page.context["form"].secret.encode() in page.content

    def test_a_wrong_code_turns_nothing_on(self, client: Client) -> None:
        client.get(reverse("mfa_activate_totp"))
        answer = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert answer.context["form"].errors["code"]
        assert not Authenticator.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_it_is_mailed_recorded_and_shown(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        turn_on(client)
        assert [(mail.to, mail.subject) for mail in mailoutbox] == [
            ([person.email], "Codes from an app are on")
        ]
        recorded = {(entry.action, entry.actor_id) for entry in acts()}
        assert recorded >= {
            ("account.mfa_enabled", person.id),
            ("account.recovery_codes_made", person.id),
        }
        assert b"10 codes left" in client.get(reverse("account:security")).content

    def test_the_password_is_asked_for_first(self, person: User, signed_in: Any) -> None:
        client = signed_in(person)
        let_time_pass(client)
        answer = client.get(reverse("mfa_activate_totp"))
        assert answer.url.startswith(reverse("account_reauthenticate"))

    def test_the_address_can_still_be_changed(self, client: Client, mailoutbox: list[EmailMessage]) -> None:
        turn_on(client)
        client.post(reverse("account_email"), {"email": "new@example.com", "action_add": "1"})
        assert mailoutbox[-1].to == ["new@example.com"]


class TestLogIn:
    def test_the_password_alone_opens_nothing(self, client: Client, person: User) -> None:
        turn_on(client)
        visitor, answer = give_password(person)
        assert answer.url == reverse("mfa_authenticate")
        assert not is_in(visitor)
        assert visitor.get(reverse("account:security")).status_code == 302

    def test_a_mailed_code_alone_opens_nothing(
        self, client: Client, person: User, mailoutbox: list[EmailMessage]
    ) -> None:
        turn_on(client)
        visitor = Client()
        visitor.post(reverse("account_request_login_code"), {"email": person.email})
        code = re.search(r"^[A-Z0-9-]{6,}$", str(mailoutbox[-1].body), re.MULTILINE)
        assert code
        answer = visitor.post(reverse("account_confirm_login_code"), {"code": code[0]})
        assert answer.url == reverse("mfa_authenticate")
        assert not is_in(visitor)

    def test_a_new_password_by_mail_alone_opens_nothing(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], link_in: Any
    ) -> None:
        turn_on(client)
        visitor = Client()
        visitor.post(reverse("account_reset_password"), {"email": person.email})
        form = visitor.get(link_in(mailoutbox[-1]))
        visitor.post(form.url, {"password1": "another horse battery"})
        answer = visitor.post(
            reverse("account_login"), {"login": person.email, "password": "another horse battery"}
        )
        assert answer.url == reverse("mfa_authenticate")
        assert not is_in(visitor)

    def test_the_code_lets_in_and_leads_to_next(self, client: Client, person: User) -> None:
        key = turn_on(client)
        visitor = Client()
        visitor.post(
            reverse("account_login"), {"login": person.email, "password": PASSWORD, "next": "/account/"}
        )
        assert give_code(visitor, code_of(key)).url == "/account/"
        assert is_in(visitor)

    def test_a_session_says_by_what_its_person_came(self, client: Client, person: User) -> None:
        key = turn_on(client)
        visitor, _answer = give_password(person)
        assert step_up.methods(visitor.session) == frozenset()
        give_code(visitor, code_of(key))
        assert step_up.methods(visitor.session) == {"pwd", "otp", "mfa"}

    def test_what_another_person_showed_at_the_same_browser_does_not_count(self, person: User) -> None:
        visitor = Client()
        session = visitor.session
        step_up.note_methods(session, ["pwd", "otp", "mfa"])
        session.save()
        visitor.cookies["sessionid"] = session.session_key
        visitor.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert step_up.methods(visitor.session) == {"pwd"}

    def test_a_code_that_was_used_is_refused(self, client: Client, person: User) -> None:
        with time_machine.travel(time.time(), tick=False):
            key = turn_on(client)
            first, _answer = give_password(person)
            give_code(first, code_of(key))
            second, _answer = give_password(person)
            answer = give_code(second, code_of(key))
        assert is_in(first)
        assert not is_in(second)
        assert "used already" in answer.context["form"].errors["code"][0]

    def test_a_code_of_before_is_refused(self, client: Client, person: User) -> None:
        key = turn_on(client)
        visitor, _answer = give_password(person)
        give_code(visitor, code_of(key, later=-2))
        assert not is_in(visitor)

    def test_guessing_stops_after_five(self, client: Client, person: User, acts: Acts) -> None:
        key = turn_on(client)
        visitor, _answer = give_password(person)
        for number in range(5):
            give_code(visitor, "000000")
            visitor.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        give_code(visitor, code_of(key))
        assert not is_in(visitor)
        assert [entry.action for entry in acts()].count("account.login_failed") == 5
        # Nor does it go on at the door of another session.
        again, _answer = give_password(person)
        give_code(again, code_of(key))
        assert not is_in(again)


class TestRecoveryCodes:
    def test_they_are_shown_once_and_not_kept_in_clear(self, client: Client) -> None:
        turn_on(client)
        codes = recovery_codes(client)
        assert len(codes) == 10
        assert recovery_codes(client) == []
        assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403

    def test_each_lets_in_once(
        self, client: Client, person: User, acts: Acts, mailoutbox: list[EmailMessage]
    ) -> None:
        turn_on(client)
        code = recovery_codes(client)[0]
        first, _answer = give_password(person)
        give_code(first, code)
        second, _answer = give_password(person)
        give_code(second, code)
        assert (is_in(first), is_in(second)) == (True, False)
        assert "account.recovery_code_used" in [entry.action for entry in acts()]

    def test_they_are_drawn_from_many(self, client: Client) -> None:
        turn_on(client)
        drawn = set(recovery_codes(client))
        for _time in range(9):
            client.post(reverse("mfa_generate_recovery_codes"))
            drawn |= set(recovery_codes(client))
        assert len(drawn) > 95
        assert {len(code) for code in drawn} == {8}  # digits: 26 bits

    @pytest.mark.django_db(transaction=True)
    def test_new_ones_end_the_old_ones(
        self, client: Client, person: User, mailoutbox: list[EmailMessage]
    ) -> None:
        turn_on(client)
        [old, *_others] = recovery_codes(client)
        answer = client.post(reverse("mfa_generate_recovery_codes"))
        assert answer.url == reverse("mfa_view_recovery_codes")
        assert mailoutbox[-1].subject == "You have new recovery codes"
        assert len(recovery_codes(client)) == 10
        visitor, _answer = give_password(person)
        give_code(visitor, old)
        assert not is_in(visitor)

    def test_nobody_has_them_without_a_second_step(self, client: Client) -> None:
        answer = client.post(reverse("mfa_generate_recovery_codes"))
        assert "first" in answer.context["form"].non_field_errors()[0]


class TestTurningOff:
    def test_ends_the_second_step_and_the_recovery_codes(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        turn_on(client)
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.exists()
        visitor, _answer = give_password(person)
        assert is_in(visitor)
        assert mailoutbox[-1].subject == "Codes from an app are off"
        assert "account.mfa_disabled" in [entry.action for entry in acts()]

    def test_logs_out_on_other_devices(self, client: Client, person: User) -> None:
        key = turn_on(client)
        phone, _answer = give_password(person)
        give_code(phone, code_of(key))
        assert phone.get(reverse("account:security")).status_code == 200
        client.post(reverse("mfa_deactivate_totp"))
        assert phone.get(reverse("account:security")).status_code == 302
        assert client.get(reverse("account:security")).status_code == 200


class TestKeys:
    def test_no_secret_lies_open_in_the_database(self, client: Client) -> None:
        key = turn_on(client)
        for authenticator in Authenticator.objects.all():
            assert key not in str(authenticator.data)
            assert (authenticator.data.get("secret") or authenticator.data["seed"]).startswith("gAAAA")

    def test_a_new_key_is_taken_into_use(self, client: Client, person: User, settings: Any) -> None:
        key = turn_on(client)
        [old] = settings.MFA_KEYS
        settings.MFA_KEYS = ["a-new-key-of-more-than-32-characters", old]
        call_command("encrypt_second_steps")
        settings.MFA_KEYS = ["a-new-key-of-more-than-32-characters"]
        visitor, _answer = give_password(person)
        give_code(visitor, code_of(key, later=0))
        assert is_in(visitor)
        assert len(recovery_codes(client)) == 10


def test_security_page_costs_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    turn_on(client)
    with django_assert_max_num_queries(8):
        page = client.get(reverse("account:security"))
    assert page.status_code == 200
    assert page.request["PATH_INFO"] == reverse("mfa_index")
