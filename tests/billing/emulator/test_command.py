"""`manage.py stripe_emulator`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.billing.emulator.store import Store

ROOT = Path(__file__).resolve().parents[3]


def test_outside_development_it_says_so_in_a_sentence() -> None:
    with pytest.raises(CommandError, match="for development only, and DEBUG is off"):
        call_command("stripe_emulator")


def test_it_says_where_it_listens_and_ends_when_told(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "stripe_emulator", "--port=0", f"--file={tmp_path / 'stripe'}"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.development", "DEBUG": "true"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    file = str(tmp_path / "stripe")
    store = Store(file)
    assert not store.replaces
    store.create("customer", "cus", name="Ada")
    store.sql("pragma user_version = 1")
    store.commit()
    store.close()

    store = Store(file)
    assert store.replaces
    assert store.all("customer") == []
    store.close()
    again = Store(file)
    assert not again.replaces
    again.close()
