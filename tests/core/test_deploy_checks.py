"""What `check --deploy` says of a public server that is less safe than it looks."""

from typing import Any

import pytest
from django.core.checks import run_checks

GOOD: dict[str, Any] = {
    "SHARED_APPS": ["apps.core"],
    "BASE_URL": "https://app.example.com",
    "ALLOWED_HOSTS": ["app.example.com"],
    "SECRET_KEY": "the one and only, and long enough",
    "SECRET_KEY_FALLBACKS": ["the former one, which was long too"],
    "MFA_KEYS": ["what encrypts the second steps of all"],
    "SERVICE_SECRETS": ["what our processes sign their calls with"],
    "AUDIT_SIGNING_KEY": "zQ8v3kJ7Tn5bRm2Y0Xw9zQ8v3kJ7Tn5bRm2Y0Xw9zQ8=",
    "API_KEY_PEPPERS": ["the one and only, and long enough"],
    "WEBHOOKS_SECRET": "the one and only, and long enough",
    "SESSION_COOKIE_NAME": "__Host-sessionid",
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "smtp.example.com",
    "EMAIL_HOST_PASSWORD": "secret",
    "EMAIL_USE_TLS": True,
    "TRUSTED_PROXY_COUNT": 1,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "OUTGOING_ALLOWED_NETWORKS": ["10.1.0.0/16"],
}


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    for name, value in GOOD.items():
        setattr(settings, name, value)


def warned() -> list[str]:
    messages = run_checks(tags=["security"], include_deployment_checks=True)
    ours = [message for message in messages if str(message.id).startswith("core.")]
    assert all(message.hint for message in ours)
    return [str(message.id) for message in ours]


def test_a_server_as_it_should_be_hears_nothing() -> None:
    assert warned() == []


@pytest.mark.parametrize(
    ("warning", "name", "value"),
    [
        ("core.W101", "SHARED_APPS", ["apps.core", "apps.dev"]),
        ("core.W102", "BASE_URL", "http://app.example.com"),
        ("core.W103", "ALLOWED_HOSTS", ["*"]),
        ("core.W104", "ALLOWED_HOSTS", ["example.com"]),
        ("core.W105", "SERVICE_SECRETS", ["development-only-not-a-service-secret"]),
        ("core.W106", "MFA_KEYS", ["another", "the one and only, and long enough"]),
        ("core.W106", "API_KEY_PEPPERS", ["what encrypts the second steps of all"]),
        ("core.W107", "WEBHOOKS_SECRET", "short"),
        ("core.W108", "SESSION_COOKIE_NAME", "sessionid"),
        ("core.W108", "CSRF_COOKIE_NAME", "csrftoken"),
        ("core.W109", "SESSION_COOKIE_DOMAIN", ".example.com"),
        ("core.W110", "EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
        ("core.W111", "EMAIL_USE_TLS", False),
        ("core.W112", "TRUSTED_PROXY_COUNT", 0),
        ("core.W113", "OUTGOING_ALLOWED_NETWORKS", ["0.0.0.0/0"]),
        ("core.W113", "OUTGOING_ALLOWED_NETWORKS", ["169.254.169.254/32"]),
    ],
)
def test_a_server_that_is_not_is_warned(warning: str, name: str, value: Any, settings: Any) -> None:
    setattr(settings, name, value)

    assert set(warned()) == {warning}


def test_a_mail_server_on_this_machine_needs_no_encryption(settings: Any) -> None:
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "localhost", False

    assert warned() == []
