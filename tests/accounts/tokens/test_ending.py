"""What ends tokens, and what it costs to look."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse
from redis.connection import Connection

from apps.accounts.adapter import AccountAdapter
from apps.accounts.models import User
from apps.accounts.services.sessions import other_sessions_end
from tests.accounts.test_second_steps import turn_on
from tests.accounts.tokens.conftest import App
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
Acts = Callable[[], list[Any]]


def change_password(app: App, _browser: Client) -> None:
    AccountAdapter().set_password(app.user, "another horse battery")


def change_password_in_the_browser(app: App, browser: Client) -> None:
    fields = {"oldpassword": PASSWORD, "password1": "another horse battery"}
    assert browser.post(reverse("account_change_password"), fields).status_code == 302


def end_all(app: App, browser: Client) -> None:
    browser.post(reverse("account:end_other_sessions"))


def end_this(app: App, browser: Client) -> None:
    (device,) = [found for found in devices(browser) if found.is_app]
    browser.post(reverse("account:end_app_session", args=[device.id]))


def turn_off_the_second_step(app: App, browser: Client) -> None:
    turn_on(browser)
    assert app.get().status_code == 200
    browser.post(reverse("mfa_deactivate_totp"))


def devices(browser: Client) -> list[Any]:
    return list(browser.get(reverse("account:sessions")).context["devices"])


ENDS = [change_password, change_password_in_the_browser, end_all, end_this, turn_off_the_second_step]


@pytest.mark.parametrize("end", ENDS)
def test_11_old_tokens_after(end: Callable[[App, Client], None], app: App, signed_in: Any) -> None:
    assert app.get().status_code == 200
    end(app, signed_in(app.user))

    assert app.get().status_code == 401
    assert app.refresh().status_code == 401


def test_11_old_tokens_after_a_new_address(
    app: App, signed_in: Any, mailoutbox: list[EmailMessage], link_in: Callable[[EmailMessage], str]
) -> None:
    browser = signed_in(app.user)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    browser.post(reverse("account_email"), {"email": "new@example.com", "action_add": "1"})
    assert app.get().status_code == 200
    browser.post(link_in(mailoutbox[0]))

    assert app.get().status_code == 401
    assert app.refresh().status_code == 401


def test_who_signs_in_anew_is_let_in(app: App) -> None:
    other_sessions_end(user=app.user, current_key="")

    assert app.sign_in().get().status_code == 200


def test_one_app_may_end_and_another_go_on(app: App) -> None:
    other = App(app.user).sign_in()
    app.sign_out()

    assert app.get().status_code == 401
    assert other.get().status_code == 200


def test_apps_stand_among_the_devices(app: App, signed_in: Any) -> None:
    browser = signed_in(app.user)
    browser.get(reverse("account:profile"))

    assert [(found.name, found.is_app, found.current) for found in devices(browser)] == [
        ("Unknown device", False, True),
        ("curl", True, False),
    ]


def test_ending_is_recorded(app: App, signed_in: Any, acts: Acts) -> None:
    end_this(app, signed_in(app.user))

    assert (acts()[-1].action, acts()[-1].detail.before) == ("account.session_ended", {"device": "curl"})


def test_somebody_elses_is_not_found(app: App, person: User, signed_in: Any) -> None:
    (device,) = [found for found in devices(signed_in(app.user)) if found.is_app]
    answer = signed_in(person).post(reverse("account:end_app_session", args=[device.id]))

    assert answer.status_code == 404
    assert app.get().status_code == 200


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What is sent to Valkey, in the block of the test."""
    sent: list[Any] = []
    send = Connection.send_packed_command

    def noting(connection: Connection, command: Any, **options: Any) -> None:
        sent.append(command)
        send(connection, command, **options)

    monkeypatch.setattr(Connection, "send_packed_command", noting)
    return sent


def test_looking_takes_one_round_trip_and_no_query_while_warm(
    app: App, round_trips: list[Any], query_count: Any
) -> None:
    app.get()
    round_trips.clear()
    with query_count() as queries:
        app.get()

    assert len(round_trips) == 1
    # The membership, which says what may be done, and the list itself.
    assert queries.total == 2


def test_the_next_request_finds_the_database_in_its_scope(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.get()
    sent: list[Any] = []
    execute = connection.connection.execute
    monkeypatch.setattr(
        connection.connection, "execute", lambda sql, *values: sent.append(values) or execute(sql, *values)
    )
    app.get()
    assert not sent
