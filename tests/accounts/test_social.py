"""Logging in by another site: a small GitHub of our own answers on this machine."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from config import env
from tests.accounts.test_second_steps import is_in, turn_on
from tests.factories.accounts import let_time_pass
from tests.factories.accounts import person as make_person

pytestmark = pytest.mark.django_db
LOG_IN = reverse("github_login")


@dataclass
class GitHub:
    """What it says of the person at the browser."""

    id: int = 7
    name: str = "Li Wei"
    email: str = "li@example.com"
    verified: bool = True
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> Any:
        self.asked.append(path)
        return {
            "/token": {"access_token": "secret-of-github", "token_type": "bearer"},
            "/user": {"id": self.id, "login": "liwei", "name": self.name, "email": self.email},
            "/emails": [{"email": self.email, "primary": True, "verified": self.verified}],
        }[path]


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    site = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(site.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    for name, path in {"access_token": "/token", "profile": "/user", "emails": "/emails"}.items():
        monkeypatch.setattr(GitHubOAuth2Adapter, f"{name}_url", site.url + path)
    yield site
    server.shutdown()
    server.server_close()


def go(client: Client, **sent: str) -> Any:
    """Press the button, agree at the other site, and come back."""
    leads_to = client.post(LOG_IN, sent)
    asked = parse_qs(urlsplit(leads_to.url).query)
    return client.get(reverse("github_callback"), {"code": "given", "state": asked["state"][0]})


def test_only_sites_that_are_set_up_have_a_button(client: Client) -> None:
    page = client.get(reverse("account_login")).content
    assert b"Go on with GitHub" in page
    assert b"Microsoft" not in page


def test_the_button_leads_there_with_a_challenge(client: Client) -> None:
    leads_to = client.post(LOG_IN).url
    assert leads_to.startswith("https://github.com/login/oauth/authorize?")
    assert "code_challenge=" in leads_to
    assert client.get(LOG_IN).status_code == 200, "a link alone starts nothing"


def test_a_new_person_gets_an_account(client: Client, github: GitHub, acts: Callable[[], list[Any]]) -> None:
    go(client)
    person = User.objects.get(email=github.email)
    assert (person.name, person.has_usable_password()) == ("Li Wei", False)
    assert is_in(client)
    assert [entry.action for entry in acts()] == ["account.signed_up", "account.logged_in"]


def test_it_lets_in_again_and_leads_to_next(client: Client, github: GitHub) -> None:
    go(client)
    visitor = Client()
    assert go(visitor, next="/account/").url == "/account/"
    assert is_in(visitor)


def test_an_address_that_nobody_checked_is_confirmed_first(
    client: Client, github: GitHub, mailoutbox: list[EmailMessage]
) -> None:
    github.verified = False
    go(client)
    assert not is_in(client)
    assert mailoutbox[0].to == [github.email]


@pytest.mark.parametrize("verified", [True, False], ids=["checked there", "checked by nobody"])
def test_it_opens_no_account_that_has_the_same_address(
    client: Client, github: GitHub, verified: bool
) -> None:
    make_person(email=github.email)
    github.verified = verified
    go(client)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_a_reset_password_shuts_out_who_signed_up_with_the_address_of_somebody_else(
    client: Client, github: GitHub, mailoutbox: list[EmailMessage], link_in: Callable[[EmailMessage], str]
) -> None:
    github.verified = False
    go(client)
    owner, confirmation = Client(), mailoutbox[-1]
    owner.post(reverse("account_reset_password"), {"email": github.email})
    form = owner.get(link_in(mailoutbox[-1])).url
    owner.post(form, {"password1": "another horse battery"})
    owner.post(link_in(confirmation))
    visitor = Client()
    go(visitor)
    assert not is_in(visitor)


def test_a_second_step_is_still_asked_for(github: GitHub, person: User, signed_in: Any) -> None:
    session, visitor = signed_in(person), Client()
    go(session, process="connect")
    turn_on(session)
    assert go(visitor).url == reverse("mfa_authenticate")
    assert not is_in(visitor)


def test_connecting_and_disconnecting_are_mailed_and_recorded(
    github: GitHub,
    person: User,
    signed_in: Any,
    mailoutbox: list[EmailMessage],
    acts: Callable[[], list[Any]],
) -> None:
    session = signed_in(person)
    go(session, process="connect")
    [account] = SocialAccount.objects.filter(user=person)
    assert b"Disconnect" in session.get(reverse("socialaccount_connections")).content
    session.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert not SocialAccount.objects.exists()
    assert [mail.subject for mail in mailoutbox] == [
        "Another log-in was connected",
        "A log-in was disconnected",
    ]
    assert [(entry.action, entry.detail.after) for entry in acts()] == [
        ("account.connected", {"site": "GitHub"}),
        ("account.disconnected", {"site": "GitHub"}),
    ]


def test_what_is_sensitive_asks_to_log_in_again_there(client: Client, github: GitHub) -> None:
    go(client)
    let_time_pass(client)
    page = reverse("account_set_password")
    asked = client.get(client.get(page).url)
    assert asked.url == f"{reverse('account:log_in_again')}?next={page.replace('/', '%2F')}"
    assert b"Go on with GitHub" in client.get(asked.url).content

    assert go(client, next=page).url == page
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        ("account_email", {"email": "new@example.com", "action_add": "1"}),
        ("account_set_password", {"password1": "another horse battery"}),
        ("mfa_activate_totp", {"code": "000000"}),
        ("mfa_add_webauthn", {"name": "Phone", "credential": "{}"}),
    ],
)
def test_nothing_to_confirm_with_is_no_way_around(
    client: Client, github: GitHub, mailoutbox: list[EmailMessage], page: str, sent: dict[str, str]
) -> None:
    go(client)
    let_time_pass(client)
    answer = client.post(reverse(page), sent, follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account:log_in_again"))
    assert mailoutbox == []


def test_nor_is_connecting_another_account(client: Client, github: GitHub) -> None:
    go(client)
    let_time_pass(client)
    github.id = 8
    assert go(client, process="connect").url == reverse("account_reauthenticate")
    assert SocialAccount.objects.get().uid == "7"


def test_the_last_way_in_stays(client: Client, github: GitHub) -> None:
    go(client)
    [account] = SocialAccount.objects.all()
    answer = client.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert "nothing else" in answer.context["form"].non_field_errors()[0].lower()


def test_no_token_of_the_other_site_is_kept(client: Client, github: GitHub) -> None:
    go(client)
    assert "secret-of-github" not in str(SocialAccount.objects.values())
    assert configured.SOCIALACCOUNT_EMAIL_AUTHENTICATION is False


@pytest.mark.parametrize(
    "query", [{}, {"code": "x"}, {"code": "x", "state": "made-up"}, {"error": "access_denied"}]
)
def test_coming_back_without_having_gone_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = client.get(reverse("github_callback"), query, follow=True)
    assert answer.status_code in (200, 401, 403)
    assert not is_in(client)


def test_an_id_without_its_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.social_providers() == {}
    monkeypatch.setenv("GOOGLE_CLIENT_ID", "x")
    with pytest.raises(ImproperlyConfigured, match="GOOGLE_CLIENT_SECRET"):
        env.social_providers()
    monkeypatch.setenv("GOOGLE_CLIENT_SECRET", "y")
    assert list(env.social_providers()) == ["google"]
