"""The development settings, in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FETCH = """
import django
django.setup()
from django.test import Client
print(Client().get("/static/css/base.css", headers={"host": "localhost"}).status_code)
"""


@pytest.mark.parametrize("debug", ["true", "false"])
def test_pages_have_their_style_with_and_without_debug(debug: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings.development",
        "DEBUG": debug,
    }

    done = subprocess.run(
        [sys.executable, "-c", FETCH], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout == "200\n", done.stderr
