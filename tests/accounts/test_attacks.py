"""What people try against sessions, second looks and keys: the attack cases that have no number."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services.keys import key_create, key_revoke
from apps.core import clock
from apps.tenancy.models import Membership, Tenant
from tests.accounts.test_second_steps import code_of, give_code, give_password, turn_on
from tests.accounts.tokens.conftest import App
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD, let_time_pass

pytestmark = pytest.mark.django_db
COOKIE = settings.SESSION_COOKIE_NAME
ROLE = {"name": "Reader", "permissions": ["members.read"]}
JSON = "application/json"


def of_a_visitor() -> str:
    client = Client()
    client.post(reverse("github_login"))  # which keeps where it was going
    return str(client.cookies[COOKIE].value)


def made_up() -> str:
    return "a" * 32


def opens(session: str, user: User) -> bool:
    """Tell whether a session is the one of a person who is signed in."""
    client = Client()
    client.cookies[COOKIE] = session
    page = client.get(reverse("account:profile"))
    return page.status_code == 200 and user.email in page.content.decode()


class TestSessionFixation:
    @pytest.mark.parametrize("plant", [of_a_visitor, made_up])
    def test_a_planted_session_does_not_become_the_persons(
        self, plant: Callable[[], str], person: User
    ) -> None:
        planted, browser = plant(), Client()
        browser.cookies[COOKIE] = planted
        browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})

        assert opens(browser.cookies[COOKIE].value, person)
        assert browser.cookies[COOKIE].value != planted
        assert not opens(planted, person)

    def test_the_session_of_a_password_is_not_that_of_the_second_step(
        self, person: User, signed_in: Callable[[User], Client]
    ) -> None:
        key = turn_on(signed_in(person))
        browser, _answer = give_password(person)
        halfway = browser.cookies[COOKIE].value
        give_code(browser, code_of(key))

        assert opens(browser.cookies[COOKIE].value, person)
        assert not opens(halfway, person)

    def test_a_session_can_not_be_guessed(self, person: User, signed_in: Callable[[User], Client]) -> None:
        drawn = {str(signed_in(person).session.session_key) for _session in range(50)}

        assert len(drawn) == 50
        assert {len(each) for each in drawn} == {32}  # of 36 characters: 165 bits
        assert len(set("".join(drawn))) == 36


class TestStepUpOlderThanFiveMinutes:
    @pytest.fixture
    def owner(self, member: Callable[..., User]) -> User:
        return member("owner")

    @pytest.fixture
    def change(self, tenant: Tenant, member: Callable[..., User]) -> Callable[..., Any]:
        """Give somebody another role by the API, as a client with some headers."""
        viewer = member("viewer")

        def change(client: Client, **headers: str) -> Any:
            with workspaces.scope_of(tenant):
                place = Membership.objects.get(user=viewer)
            address = f"/api/v1/members/{place.id}"
            return client.patch(address, {"role": "member"}, JSON, headers=headers)

        return change

    def test_a_token_changes_no_role(self, owner: User, change: Callable[..., Any]) -> None:
        app = App(owner).sign_in()
        with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
            app.refresh()  # which shows nothing new of the person
            answer = change(app.client, authorization=f"Bearer {app.tokens['access_token']}")
            assert (answer.status_code, answer.json()["code"]) == (401, "insufficient_user_authentication")
            assert "max_age=300" in answer["WWW-Authenticate"]
            app.sign_in()
            answer = change(app.client, authorization=f"Bearer {app.tokens['access_token']}")
            assert answer.status_code == 200

    def test_nor_does_a_browser_that_gets_round_the_page(
        self, owner: User, tenant: Tenant, signed_in: Callable[[User], Client], change: Callable[..., Any]
    ) -> None:
        browser = signed_in(owner)
        let_time_pass(browser)
        named = {settings.WORKSPACE_HEADER: tenant.slug}

        assert change(browser, **named).status_code == 401
        browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        assert change(browser, **named).status_code == 200

    def test_roles_stay_as_they_are(
        self, owner: User, tenant: Tenant, signed_in: Callable[[User], Client]
    ) -> None:
        browser, named = signed_in(owner), {settings.WORKSPACE_HEADER: tenant.slug}
        made = browser.post("/api/v1/roles", ROLE, JSON, headers=named)
        assert made.status_code == 201
        let_time_pass(browser)
        address = f"/api/v1/roles/{made.json()['id']}"

        for refused in (
            browser.post("/api/v1/roles", ROLE | {"name": "Another"}, JSON, headers=named),
            browser.patch(address, {"name": "Another"}, JSON, headers=named),
            browser.delete(address, headers=named),
        ):
            assert refused.status_code == 401


class TestKeys:
    @pytest.fixture
    def make(self, tenant: Tenant) -> Callable[..., tuple[Any, Client]]:
        def make(**limits: Any) -> tuple[Any, Client]:
            with workspaces.scope_of(tenant):
                key, presented = key_create(
                    name="Nightly", role="admin", lifetime=timedelta(days=30), **limits
                )
            return key, Client(headers={"authorization": f"Bearer {presented}"})

        return make

    def test_a_revoked_key(self, make: Callable[..., tuple[Any, Client]], tenant: Tenant) -> None:
        key, client = make()
        assert client.get("/api/v1/members").status_code == 200
        with workspaces.scope_of(tenant):
            key_revoke(key_id=key.id)

        assert client.get("/api/v1/members").status_code == 401

    def test_a_key_from_an_address_out_of_its_range(self, make: Callable[..., tuple[Any, Client]]) -> None:
        _key, client = make(ranges=["192.0.2.0/24"])
        client.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.1"

        assert client.get("/api/v1/members", REMOTE_ADDR="192.0.2.1").status_code == 200
        assert client.get("/api/v1/members", REMOTE_ADDR="198.51.100.1").status_code == 403
