"""Logging in by Google, which says who came in an ID token: a small Google of our own answers on this machine."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from tests.accounts.test_second_steps import is_in

pytestmark = pytest.mark.django_db
CLIENT_ID = "for-tests"


@dataclass
class Google:
    """What it says of the person at the browser, and what it was sent for the token."""

    claims: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, list[str]] = field(default_factory=dict)

    def answer(self) -> dict[str, str]:
        told = {
            "iss": "https://accounts.google.com",
            "aud": CLIENT_ID,
            "sub": "1007",
            "email": "li@example.com",
            "email_verified": True,
            "name": "Li Wei",
            "exp": int(time.time()) + 300,
        }
        id_token = jwt.encode(told | self.claims, "a key of the other site, of 32 bytes", "HS256")
        return {"access_token": "secret-of-google", "token_type": "bearer", "id_token": id_token}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    site = Google()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            site.sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            body = json.dumps(site.answer()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        GoogleOAuth2Adapter, "access_token_url", f"http://127.0.0.1:{server.server_port}/token"
    )
    yield site
    server.shutdown()
    server.server_close()


def leave(client: Client, site: str = "google") -> dict[str, list[str]]:
    """Press the button, and return what we ask the other site."""
    return parse_qs(urlsplit(client.post(reverse(f"{site}_login")).url).query)


def come_back(client: Client, asked: dict[str, list[str]]) -> Any:
    return client.get(reverse("google_callback"), {"code": "given", "state": asked["state"][0]})


def test_people_are_known_by_what_never_changes_hands(client: Client, google: Google) -> None:
    come_back(client, leave(client))
    assert is_in(client)
    assert SocialAccount.objects.get().uid == "1007"

    google.claims = {"email": "another@example.com"}
    again = Client()
    come_back(again, leave(again))
    assert is_in(again)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app-at-google"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"aud": None},
        {"iss": None},
    ],
    ids=str,
)
def test_a_token_for_others_by_others_or_of_before_is_refused(
    client: Client, google: Google, claims: dict[str, Any]
) -> None:
    google.claims = claims
    come_back(client, leave(client))

    assert not is_in(client)
    assert not User.objects.exists()


def test_it_is_fetched_for_this_one_log_in(client: Client, google: Google) -> None:
    asked = leave(client)
    come_back(client, asked)

    verifier = google.sent["code_verifier"][0].encode()
    assert urlsafe_b64encode(sha256(verifier).digest()).rstrip(b"=").decode() == asked["code_challenge"][0]

    google.sent = {}
    thief = Client()
    come_back(thief, asked)
    assert (google.sent, is_in(thief)) == ({}, False)


def test_a_token_that_a_page_posts_is_no_way_in(client: Client, google: Google) -> None:
    client.cookies["g_csrf_token"] = "same"
    posted = {"credential": google.answer()["id_token"], "g_csrf_token": "same"}

    assert client.post("/account/by/google/login/token/", posted).status_code == 404


def test_what_another_site_was_asked_is_not_answered_by_this_one(client: Client, google: Google) -> None:
    come_back(client, leave(client, "github"))

    assert google.sent == {}
    assert not is_in(client)
