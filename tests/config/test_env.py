"""config/env.py: what wins, and what people read when something is missing or wrong."""

import json
import re
from pathlib import Path

import psycopg
import pytest
import redis
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).resolve().parents[2]
CONFIGURED = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_DIRECT_URL", "VALKEY_URL", "BASE_URL", "PORT")
READ = re.compile(r'(?:env\.|\b)(?:get_\w+|is_set|_needed_in_production)\(\s*"([A-Z_]+)"')


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in CONFIGURED:
        monkeypatch.delenv(name, raising=False)
    services = tmp_path / "services.json"
    monkeypatch.setattr(env, "SERVICES_FILE", services)
    return services


def test_without_a_server_the_connection_says_what_to_do() -> None:
    with pytest.raises(psycopg.OperationalError, match=re.escape(env.NO_DATABASE)):
        psycopg.connect(env.database_url())
    with (
        redis.Redis.from_url(env.valkey_url()) as client,
        pytest.raises(redis.ConnectionError, match=re.escape(env.NO_VALKEY)),
    ):
        client.ping()


def test_other_commands_use_the_servers_of_the_make_dev_that_runs(nothing_configured: Path) -> None:
    nothing_configured.write_text(
        json.dumps(
            {
                "database_url": "postgresql://a/x",
                "database_owner_url": "postgresql://b/x",
                "valkey_url": "redis://c",
            }
        )
    )

    assert env.database_url() == env.database_direct_url() == "postgresql://a/x"
    assert env.database_owner_url() == "postgresql://b/x"
    assert env.valkey_url() == "redis://c"


def test_a_database_of_yours_is_never_mixed_with_the_owner_of_another(
    nothing_configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_configured.write_text(json.dumps({"database_owner_url": "postgresql://b/x"}))
    monkeypatch.setenv("DATABASE_URL", "postgresql://yours/x")

    assert env.database_url() == "postgresql://yours/x"
    with pytest.raises(psycopg.OperationalError, match=re.escape(env.NO_OWNER)):
        psycopg.connect(env.database_owner_url())


def test_pooling_between_transactions_turns_off_what_outlives_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://tenon:p%40ss@pool:6432/tenon")
    monkeypatch.setenv("DB_POOLING", "transaction")

    entry = env.database()

    assert (entry["HOST"], entry["PORT"], entry["PASSWORD"]) == ("pool", 6432, "p@ss")
    assert entry["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert entry["OPTIONS"]["prepare_threshold"] is None


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PORT", "eighty", env.port),
        ("BASE_URL", "app.example.com", env.base_url),
        ("EMAIL_URL", "pigeon://post", env.email),
        ("DB_POOLING", "session", env.db_pooling),
        ("DATABASE_URL", "mysql://127.0.0.1/x", env.database),
        ("AUDIT_URL", "audit.internal", lambda: env.get_module_url("AUDIT_URL")),
        ("SERVICE_SECRET", "short", env.service_secrets),
        ("MFA_KEYS", "short", env.mfa_keys),
        ("API_KEY_PEPPERS", "short", env.api_key_peppers),
        ("AUDIT_SIGNING_KEY", "c2hvcnQ=", env.audit_signing_key),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(
    name: str, value: str, read: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert callable(read)
    with pytest.raises(ImproperlyConfigured, match=name):
        read()


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "SERVICE_SECRET"])
def test_a_secret_may_stand_in_a_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("what nobody may read\n")
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{name}_FILE", str(file))

    assert env.is_set(name)
    assert env.get_str(name) == "what nobody may read"

    monkeypatch.setenv(name, "another")
    with pytest.raises(ImproperlyConfigured, match=f"^{name} and {name}_FILE are both set. Unset one"):
        env.get_str(name)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), (b"\xff", "it is not UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_named_and_not_quoted(
    content: bytes | None, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))

    with pytest.raises(ImproperlyConfigured) as refused:
        env.secret_key()

    assert str(refused.value) == f"SECRET_KEY_FILE leads to {file}, which can't be read: {reason}."


def test_a_file_that_is_empty_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOKS_SECRET_FILE", "/dev/null")

    assert not env.is_set("WEBHOOKS_SECRET")


def test_webhooks_are_signed_with_former_keys_of_the_server_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FALLBACKS", "former,older")
    assert env.webhooks_secret_fallbacks() == ["former", "older"]

    monkeypatch.setenv("WEBHOOKS_SECRET", "its own")
    assert env.webhooks_secret_fallbacks() == []


def test_a_module_is_not_called_in_production_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_URL", "http://audit.internal:8100/")
    assert env.get_module_url("AUDIT_URL") == "http://audit.internal:8100"

    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    with pytest.raises(ImproperlyConfigured, match="SERVICE_SECRET"):
        env.get_module_url("AUDIT_URL")


@pytest.mark.parametrize("read", [env.secret_key, env.base_url, env.email, env.database])
def test_production_has_no_defaults(read: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    for name in ("SECRET_KEY", "EMAIL_URL"):
        monkeypatch.delenv(name, raising=False)

    assert callable(read)
    with pytest.raises(ImproperlyConfigured, match="is not set"):
        read()


def test_every_variable_is_documented() -> None:
    documented = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    sources = [path.read_text() for folder in ("config", "apps") for path in (ROOT / folder).rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source)}

    assert read - documented == set()
    assert documented - read == set()


def test_the_readme_lists_every_variable() -> None:
    listed = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))
    likewise = {f"{name}_CLIENT_{part}" for name in ("GITHUB", "MICROSOFT") for part in ("ID", "SECRET")}
    documented = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert documented - listed == likewise


def test_billing_is_off_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_BASE"):
        monkeypatch.delenv(name, raising=False)

    assert (env.stripe_secret_key(), env.stripe_api_base()) == ("", "")


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_a_live_key_never_goes_to_another_address_than_stripes(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", key)
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:12111")

    with pytest.raises(
        ImproperlyConfigured, match="STRIPE_API_BASE is set and STRIPE_SECRET_KEY is a live key"
    ):
        env.stripe_api_base()


def test_production_speaks_with_stripe_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.production")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    monkeypatch.setenv("STRIPE_API_BASE", "http://127.0.0.1:12111")

    with pytest.raises(ImproperlyConfigured, match="Unset it in production"):
        env.stripe_api_base()


def test_a_key_needs_the_secret_of_the_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRETS", raising=False)

    with pytest.raises(ImproperlyConfigured, match="STRIPE_WEBHOOK_SECRETS is not"):
        env.stripe_secret_key()
