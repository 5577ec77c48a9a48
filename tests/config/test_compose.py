"""The compose file and the script that makes its secrets: together they are all that a public server needs."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "deploy" / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
MOUNTED = "/run/secrets/"
TYPED = {
    "BASE_URL": "https://app.example.com",
    "ALLOWED_HOSTS": "app.example.com",
    "DEFAULT_FROM_EMAIL": "a@b.example",
}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The folder of secrets that the script makes, and a mail server."""
    script = shutil.copy(DOCKER / "secrets.sh", tmp_path)
    subprocess.run([script], check=True)
    folder = tmp_path / "secrets"
    (folder / "email_url").write_text("smtp+tls://user:password@smtp.example.com:587\n")
    subprocess.run([script], check=True)  # which keeps what is there
    return folder


def test_every_secret_is_made_and_long(secrets: Path) -> None:
    named = {each["file"] for each in COMPOSE["secrets"].values()}

    assert named == {f"secrets/{file.name}" for file in secrets.iterdir()}
    assert (secrets / "email_url").read_text().startswith("smtp+tls://")
    made = [
        file.read_text().strip()
        for file in secrets.iterdir()
        if file.name.endswith(("_key", "_keys", "password"))
    ]
    assert all(len(each) >= 44 for each in made if each)
    assert len([each for each in made if each]) == len({each for each in made if each}) == 7


def test_nobody_else_on_the_host_opens_the_folder(secrets: Path) -> None:
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700


def test_no_secret_is_a_variable() -> None:
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEYS?$|KEY_|_URL$|PEPPER", variable.removesuffix("_FILE")):
                public = variable in ("BASE_URL", "FILES_URL", "AUDIT_HEADS_URL", "AUDIT_FORMER_KEYS")
                assert public or value.startswith(MOUNTED), (name, variable)


@pytest.mark.parametrize("name", ["web", "worker", "migrate"])
def test_each_service_has_the_secrets_that_it_is_told_of(name: str) -> None:
    service = COMPOSE["services"][name]
    told = {
        value.removeprefix(MOUNTED) for value in service["environment"].values() if value.startswith(MOUNTED)
    }

    assert set(service["secrets"]) == told
    assert ("database_owner_url" in told) == (name == "migrate")


def test_with_them_a_server_is_safe(secrets: Path) -> None:
    environment = {
        name: _filled(value, secrets) for name, value in COMPOSE["services"]["web"]["environment"].items()
    }
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def _filled(value: Any, secrets: Path) -> str:
    """Return a variable's value as Compose would fill it in, with the secrets where they are here."""
    text = str(value).replace(MOUNTED, f"{secrets}/")
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: TYPED.get(found[1], found[2] or ""), text)
