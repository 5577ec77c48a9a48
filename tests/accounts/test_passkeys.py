"""Passkeys: adding them, logging in with them alone or after the password, and what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import step_up
from apps.tenancy.interface import SECOND_STEPS
from tests.accounts.test_second_steps import is_in
from tests.factories.accounts import PASSWORD, let_time_pass, switch_off
from tests.factories.accounts import person as make_person
from tests.fakes.passkey import Passkey

pytestmark = pytest.mark.django_db
Acts = Callable[[], list[Any]]
LOG_IN = reverse("mfa_login_webauthn")


@pytest.fixture
def client(person: User, signed_in: Any) -> Client:
    """A session of `person`."""
    client: Client = signed_in(person)
    return client


def add(client: Client, passkey: Passkey, name: str = "My laptop") -> Any:
    options = client.get(reverse("mfa_add_webauthn")).context["js_data"]
    return client.post(
        reverse("mfa_add_webauthn"), {"name": name, "credential": passkey.create(plain(options))}
    )


def plain(options: Any) -> dict[str, Any]:
    """Return options as the browser reads them."""
    read: dict[str, Any] = json.loads(json.dumps(options, cls=DjangoJSONEncoder))
    return read


def log_in(client: Client, passkey: Passkey, **more: str) -> Any:
    options = client.get(LOG_IN, headers={"Accept": "application/json"}).json()
    return client.post(LOG_IN, {"credential": passkey.get(options), **more})


def give_password(person: User) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


class TestAdding:
    def test_it_is_mailed_recorded_and_shown_with_recovery_codes(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        assert add(client, Passkey()).url == reverse("mfa_view_recovery_codes")
        assert mailoutbox[0].subject == "A passkey was added"
        entry = next(entry for entry in acts() if entry.action == "account.passkey_added")
        assert (entry.actor_id, entry.detail.after) == (person.id, {"name": "My laptop"})
        assert b"My laptop" in client.get(reverse("account:security")).content

    def test_a_finger_a_face_or_a_pin_is_needed(self, client: Client) -> None:
        answer = add(client, Passkey(verifies=False))
        assert answer.context["form"].non_field_errors()
        assert not Authenticator.objects.exists()

    def test_it_is_made_for_our_name_wherever_the_page_is(self, client: Client, settings: Any) -> None:
        settings.BASE_URL = "https://app.example.com"
        options = client.get(reverse("mfa_add_webauthn")).context["js_data"]
        assert plain(options)["creation_options"]["publicKey"]["rp"]["id"] == "app.example.com"

    @pytest.mark.parametrize("sent", ["", "no JSON", "[]", "7", '{"id": 1}', '{"response": {}}'])
    def test_what_is_no_passkey_is_refused_on_the_page(self, client: Client, sent: str) -> None:
        client.get(reverse("mfa_add_webauthn"))
        answer = client.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": sent})
        assert answer.context["form"].errors

    def test_the_password_is_asked_for_first(self, client: Client) -> None:
        let_time_pass(client)
        assert client.get(reverse("mfa_add_webauthn")).url.startswith(reverse("account_reauthenticate"))


class TestLogIn:
    def test_the_passkey_alone_lets_in_and_leads_to_next(self, client: Client, person: User) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        assert log_in(visitor, passkey, next="/account/").url == "/account/"
        assert visitor.session["_auth_user_id"] == str(person.id)

    def test_after_the_password_it_is_the_second_step(self, client: Client, person: User) -> None:
        passkey = Passkey()
        add(client, passkey)
        visitor = give_password(person)
        assert not is_in(visitor)
        page = visitor.get(reverse("mfa_authenticate"))
        visitor.post(reverse("mfa_authenticate"), {"credential": passkey.get(plain(page.context["js_data"]))})
        assert is_in(visitor)

    @pytest.mark.parametrize(
        "change",
        [{"verifies": False}, {"rp_id": "evil.example"}, {"key": Passkey().key}, {"id": b"another"}],
        ids=["unverified", "for another site", "another key", "unknown"],
    )
    def test_what_does_not_fit_is_refused_and_recorded(
        self, client: Client, person: User, acts: Acts, change: dict[str, Any]
    ) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        for name, value in change.items():
            setattr(passkey, name, value)
        assert log_in(visitor, passkey).url == reverse("account_login")
        assert not is_in(visitor)
        assert b"This passkey doesn" in visitor.get(reverse("account_login")).content
        assert [entry.target_id for entry in acts() if entry.action == "account.login_failed"] == [person.id]

    def test_another_site_cannot_pass_it_on(self, client: Client, settings: Any) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
        passkey.origin = "https://evil.example"
        log_in(visitor, passkey)
        assert not is_in(visitor)

    def test_an_answer_works_once(self, client: Client) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        options = visitor.get(LOG_IN, headers={"Accept": "application/json"}).json()
        answer = passkey.get(options)
        visitor.post(LOG_IN, {"credential": answer})
        visitor.post(reverse("account_logout"))
        visitor.post(LOG_IN, {"credential": answer})
        assert not is_in(visitor)

    def test_it_opens_nobody_elses_account(self, client: Client) -> None:
        passkey, visitor, other = Passkey(), Client(), make_person()
        add(client, passkey)
        passkey.user_handle = str(other.id)
        log_in(visitor, passkey)
        assert not is_in(visitor)

    def test_not_when_the_account_is_switched_off(self, client: Client, person: User) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        switch_off(person.id)
        assert log_in(visitor, passkey).url == reverse("account_inactive")
        assert not is_in(visitor)

    @pytest.mark.parametrize(
        "sent", ["", "no JSON", "[]", "7", '{"id": 1}', '{"response": {"userHandle": 5}}', '{"response": 5}']
    )
    def test_what_is_no_answer_leads_back(self, sent: str) -> None:
        visitor = Client()
        visitor.get(LOG_IN, headers={"Accept": "application/json"})
        assert visitor.post(LOG_IN, {"credential": sent}).url == reverse("account_login")


class TestStepUp:
    def test_the_passkey_is_asked_for_and_leads_back(self, client: Client) -> None:
        passkey, page = Passkey(), reverse("mfa_add_webauthn")
        add(client, passkey)
        let_time_pass(client)
        asked = client.get(page)
        assert asked.url.startswith(reverse("mfa_reauthenticate_webauthn"))
        options = plain(client.get(asked.url).context["js_data"])
        back = client.post(asked.url, {"credential": passkey.get(options), "next": page})
        assert back.url == page
        assert client.get(page).status_code == 200


class TestRemoving:
    def test_a_removed_one_opens_nothing(
        self, client: Client, person: User, mailoutbox: list[EmailMessage], acts: Acts
    ) -> None:
        passkey, visitor = Passkey(), Client()
        add(client, passkey)
        [kept] = Authenticator.objects.filter(type="webauthn")
        assert b"My laptop" in client.get(reverse("mfa_remove_webauthn", args=[kept.pk])).content
        client.post(reverse("mfa_remove_webauthn", args=[kept.pk]))
        log_in(visitor, passkey)
        assert not is_in(visitor)
        assert is_in(give_password(person)), "the password is enough again"
        assert mailoutbox[-1].subject == "A passkey was removed"
        assert "account.passkey_removed" in [entry.action for entry in acts()]

    def test_the_session_counts_as_one_with_a_second_step_while_there_is_one(self, client: Client) -> None:
        for name in ("My laptop", "My phone"):
            add(client, Passkey(), name)
        for kept, counts in zip(Authenticator.objects.filter(type="webauthn"), [True, False], strict=True):
            client.post(reverse("mfa_remove_webauthn", args=[kept.pk]))
            assert SECOND_STEPS.isdisjoint(step_up.methods(client.session)) is not counts
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert step_up.methods(client.session) == {"pwd"}

    def test_nobody_elses(self, client: Client, signed_in: Any) -> None:
        add(client, Passkey())
        [kept] = Authenticator.objects.filter(type="webauthn")
        other = signed_in(make_person())
        for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
            assert other.post(reverse(name, args=[kept.pk]), {"name": "mine"}).status_code == 404


def test_it_can_be_called_otherwise(client: Client) -> None:
    add(client, Passkey())
    [kept] = Authenticator.objects.filter(type="webauthn")
    client.post(reverse("mfa_edit_webauthn", args=[kept.pk]), {"name": "Work phone"})
    assert b"Work phone" in client.get(reverse("account:security")).content
