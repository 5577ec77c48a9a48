"""The production settings, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "kJ8v-3zQ_long-and-random-enough-for-a-check-0Xw7Tn5bRm2Y",
    "BASE_URL": "https://app.example.com",
    "ALLOWED_HOSTS": "app.example.com",
    "EMAIL_URL": "smtp+tls://user:password@smtp.example.com:587",
    "DATABASE_URL": "postgresql://tenon:password@db.example.com:5432/tenon",
    "VALKEY_URL": "redis://:password@valkey.example.com:6379/0",
}


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **COMPLETE, **changes}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_settings_are_fit_for_a_public_server() -> None:
    checked = check_deploy()
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("name", ["SECRET_KEY", "BASE_URL"])
def test_a_missing_variable_is_named(name: str) -> None:
    checked = check_deploy(**{name: ""})
    assert checked.returncode != 0
    assert f"{name} is not set" in checked.stderr
