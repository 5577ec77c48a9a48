"""The guide's curl lines do what it says."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.accounts.tokens.conftest import App
from tests.factories import tenancy
from tests.factories.accounts import PASSWORD

GUIDE = Path(settings.BASE_DIR, "docs", "guides", "signing-in-by-api.md")


def send(line: str, **values: str) -> Any:
    """Do what a curl line does."""
    method, body, headers, address = "", "", {}, ""
    words = iter(shlex.split(re.sub(r"\$([A-Z_]+)", lambda found: values[found[1].lower()], line))[1:])
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "--json":
                body = next(words)
            case "-H":
                name, value = next(words).split(": ", 1)
                headers[name] = value
            case _:
                address = word.removeprefix("https://app.example.com")
    kind = {"content_type": "application/json"} if body else {}
    return Client(headers=headers).generic(method or ("POST" if body else "GET"), address, body, **kind)


@pytest.mark.django_db
def test_its_lines_work(app: App) -> None:
    app.user.email = "ana@example.com"
    app.user.set_password(PASSWORD)
    app.user.save()
    app.user.emailaddress_set.update(email=app.user.email)  # type: ignore[attr-defined]
    tenancy.member(tenancy.workspace(slug="acme"), user=app.user)
    lines = re.findall(r"^ {4}(curl .*(?:\n {6}.*)*)", GUIDE.read_text().replace("\\\n", "\n"), re.MULTILINE)
    log_in, second_step, ask, refresh, switch, session, sign_out = lines

    tokens = send(log_in).json()["meta"]
    assert send(second_step, session_token="unknown").status_code == 410
    assert send(ask, **tokens).status_code == 200
    tokens = send(refresh, **tokens).json()["data"]
    tokens = send(switch, **tokens).json()["data"]
    assert tokens["workspace"] == "acme"
    assert send(session, **tokens).json()["data"]["user"]["email"] == app.user.email
    assert send(sign_out, **tokens).status_code == 401
    assert send(ask, **tokens).json()["code"] == "token_refused"
