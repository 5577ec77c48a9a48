"""The production settings, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "tests" / "config" / "production.env").read_text().splitlines()
COMPLETE = dict(line.split("=", 1) for line in LINES if not line.startswith("#"))


SECRETS = {
    "SECRET_KEY": "s3cret-and-long-and-random-enough-for-a-check-0Xw7Tn5bRm2Y",
    "SECRET_KEY_FALLBACKS": "s3cret-and-former-and-long-and-random-enough-for-a-check",
    "EMAIL_URL": "smtp+tls://user:s3cret@smtp.example.com:587",
    "DATABASE_URL": "postgresql://tenon:s3cret@db.example.com:5432/tenon",
    "DATABASE_OWNER_URL": "postgresql://tenon_owner:s3cret@db.example.com:5432/tenon",
    "DATABASE_DIRECT_URL": "postgresql://tenon:s3cret@db.example.com:5433/tenon",
    "VALKEY_URL": "redis://:s3cret@valkey.example.com:6379/0",
    "CELERY_BROKER_URL": "amqp://tenon:s3cret@rabbitmq.example.com:5672//",
    "WEBHOOKS_SECRET": "s3cret-of-webhooks-of-32-characters",
    "WEBHOOKS_SECRET_FALLBACKS": "s3cret-of-former-webhooks",
    "MAIL_WEBHOOK_SECRET": "name:s3cret",
    "STRIPE_SECRET_KEY": "sk_test_s3cret",
    "STRIPE_WEBHOOK_SECRETS": "whsec_s3cret",
    "SERVICE_SECRET": "s3cret-of-services-of-32-characters",
}
# What a report of an error would show of the settings.
REPORT = """
import django
django.setup()
from django.views.debug import get_default_exception_reporter_filter
print(get_default_exception_reporter_filter().get_safe_settings())
"""
# The secrets among the settings that hold something which nobody gave.
DEFAULTS = """
import os, re
from django.conf import settings
names = [name for name in dir(settings) if re.search("_(SECRETS?|KEYS?|FALLBACKS|PASSWORD)$", name)]
secrets = {name: getattr(settings, name) for name in names}
assert len(secrets) >= 8
def is_given(value):
    values = [value] if isinstance(value, str) else value or []
    return all(any(one in given for given in os.environ.values()) for one in values)
print([name for name, value in secrets.items() if not is_given(value)])
"""


def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **COMPLETE, **changes}
    command = (sys.executable, *command)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **changes)


def test_the_settings_are_fit_for_a_public_server() -> None:
    checked = check_deploy()
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_settings_of_development_are_not() -> None:
    checked = check_deploy(DJANGO_SETTINGS_MODULE="config.settings.development", DEBUG="false")
    assert checked.returncode != 0
    assert "Set DJANGO_SETTINGS_MODULE to config.settings.production." in checked.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "BASE_URL", "AUDIT_SIGNING_KEY", "MFA_KEYS"])
def test_a_missing_variable_is_named(name: str) -> None:
    checked = check_deploy(**{name: ""})
    assert checked.returncode != 0
    assert f"{name} is not set" in checked.stderr


def test_a_report_of_an_error_shows_no_secret() -> None:
    reported = run("-c", REPORT, **SECRETS)

    assert reported.stdout.count("***") > len(SECRETS)
    assert "s3cret" not in reported.stdout + reported.stderr


def test_every_secret_may_come_from_a_file(tmp_path: Path) -> None:
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(f"{value}\n")
    in_variables = dict.fromkeys(SECRETS, "")
    in_files = {f"{name}_FILE": str(tmp_path / name) for name in SECRETS}

    checked = check_deploy(**in_variables, **in_files)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_no_secret_has_a_default() -> None:
    assert run("-c", DEFAULTS).stdout == "[]\n"
