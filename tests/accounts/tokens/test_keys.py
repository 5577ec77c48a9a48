"""The keys that sign tokens: published, and changed without a refused request."""

import json
import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import jwt
import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.tokens.keyring import keyring
from apps.core import clock
from tests.accounts.tokens.conftest import App


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: Any) -> Path:
    settings.TOKEN_KEYS = str(tmp_path / "keys" / "tokens.json")
    return Path(settings.TOKEN_KEYS)


def command(*arguments: str) -> str:
    told = StringIO()
    call_command("token_keys", *arguments, stdout=told, stderr=StringIO())
    return told.getvalue()


def published() -> Any:
    return Client().get("/.well-known/jwks.json")


def key_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_one_is_made_in_development_that_nobody_else_can_read(file: Path) -> None:
    assert keyring().signing
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_missing_file_is_told_of_in_production(settings: Any) -> None:
    settings.MAKE_TOKEN_KEYS = False
    with pytest.raises(ImproperlyConfigured, match="token_keys add"):
        keyring()
    assert command("list").startswith("There are no keys")
    command("add")
    assert keyring().signing


def test_public_halves_are_published_and_may_be_kept_for_minutes() -> None:
    answer = published()
    (key,) = answer.json()["keys"]

    assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (key["kid"], key["alg"], key["use"]) == (keyring().signing.id, "ES256", "sig")
    assert answer["Cache-Control"] == "public, max-age=300"


@pytest.mark.django_db
def test_anybody_can_verify_a_token_by_what_is_published(app: App) -> None:
    token = app.tokens["access_token"]
    key = jwt.PyJWKSet.from_dict(published().json())[key_of(token)]

    assert jwt.decode(token, key, ["ES256"], audience="http://testserver/api", issuer="http://testserver")


@pytest.mark.django_db
def test_the_key_changes_without_a_refused_request(app: App) -> None:
    former = keyring().signing.id
    command("add")
    new = keyring().keys[1].id
    assert [key["kid"] for key in published().json()["keys"]] == [former, new]
    with pytest.raises(CommandError, match="not everybody knows it yet"):
        command("activate", new)
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False) as moment:
        assert app.refresh().status_code == 200
        assert key_of(app.tokens["access_token"]) == former
        command("activate", new)
        assert app.get().status_code == 200
        assert app.refresh().status_code == 200
        assert key_of(app.tokens["access_token"]) == new
        with pytest.raises(CommandError, match="still good"):
            command("retire", former)
        moment.shift(timedelta(days=13))
        assert app.refresh().status_code == 200
        moment.shift(timedelta(days=1))
        command("retire", former)
        assert app.get().status_code == 401  # five minutes were over
        assert app.refresh().status_code == 200
        assert app.get().status_code == 200
    assert [key.id for key in keyring().keys] == [new]


@pytest.mark.django_db
def test_a_key_that_leaked_is_retired_at_once(app: App) -> None:
    former = keyring().signing.id
    command("add")
    command("activate", keyring().keys[1].id, "--now")
    command("retire", former, "--now")

    assert app.get().status_code == 401
    assert app.refresh().status_code == 401


def test_the_signing_key_stays() -> None:
    with pytest.raises(CommandError, match="Activate another one first"):
        command("retire", keyring().signing.id, "--now")
    with pytest.raises(CommandError, match="no key"):
        command("retire", "unknown")


def test_keys_may_stand_in_the_environment_itself(file: Path, settings: Any) -> None:
    first = keyring().signing.id
    settings.TOKEN_KEYS = file.read_text()
    assert keyring().signing.id == first
    assert json.loads(command("add"))["keys"][0]["kid"] == first
    assert len(keyring().keys) == 1


@pytest.mark.parametrize("text", ["{", '{"keys": [{}]}', '{"keys": [{"kty": "oct", "k": "eA"}]}'])
def test_what_is_no_set_of_keys_is_told_of(settings: Any, text: str) -> None:
    settings.TOKEN_KEYS = text
    with pytest.raises(ImproperlyConfigured, match="no set of keys"):
        keyring()
