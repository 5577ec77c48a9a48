"""Signing an app in, as an app would: by allauth's headless API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.factories.accounts import PASSWORD

AUTH = "/api/auth/app/v1"


class App:
    """An app on somebody's phone. `tokens` is what it was given last."""

    def __init__(self, user: User) -> None:
        self.user, self.client = user, Client(headers={"user-agent": "curl/8"})
        self.tokens: dict[str, Any] = {}

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"{AUTH}/{path}", body, content_type="application/json")

    def sign_in(self) -> "App":
        answer = self.post("auth/login", email=self.user.email, password=PASSWORD)
        assert answer.status_code == 200, answer.content
        self.tokens = answer.json()["meta"]
        return self

    def refresh(self, token: str = "", **more: str) -> Any:
        answer = self.post("tokens/refresh", refresh_token=token or self.tokens["refresh_token"], **more)
        if answer.status_code == 200:
            self.tokens = answer.json()["data"]
        return answer

    def get(self, path: str = "/api/v1/members", *, token: str = "", **headers: str) -> Any:
        bearer = f"Bearer {token or self.tokens['access_token']}"
        return self.client.get(path, headers={"authorization": bearer, **headers})

    def sign_out(self) -> Any:
        bearer = f"Bearer {self.tokens['access_token']}"
        return self.client.delete(f"{AUTH}/auth/session", headers={"authorization": bearer})


@pytest.fixture
def app(member: Callable[..., User]) -> App:
    """An app that an admin of `tenant` has signed in."""
    return App(member("admin")).sign_in()
