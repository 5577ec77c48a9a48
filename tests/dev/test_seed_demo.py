"""The demo data: told once, and the ways in always work."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import Client

from apps.dev.demo import story
from apps.dev.management.commands import seed_demo


@pytest.fixture
def file(db: None, tmp_path: Path, settings: Any) -> Any:
    settings.DEFAULT_PLAN = "free"  # as in development
    path = tmp_path / "demo.json"
    with patch.object(seed_demo, "FILE", path):
        call_command("seed_demo")
        yield path


def test_people_log_in_and_the_key_opens_the_api(file: Path) -> None:
    demo = json.loads(file.read_text())

    assert file.stat().st_mode & 0o777 == 0o600
    slugs = {told.slug for told in story.WORKSPACES}
    assert {user["workspace"] for user in demo["users"]} == slugs | {""}
    for user in demo["users"]:
        assert Client().login(email=user["email"], password=user["password"])
    headers = {"authorization": f"Bearer {demo['api_key']}"}
    assert Client().get("/api/v1/members", headers=headers).status_code == 200


def test_again_changes_nothing(file: Path) -> None:
    before = file.read_text()
    call_command("seed_demo")
    assert file.read_text() == before


def test_a_lost_file_brings_a_new_key(file: Path) -> None:
    before = json.loads(file.read_text())
    file.unlink()
    call_command("seed_demo")
    after = json.loads(file.read_text())
    assert after["users"] == before["users"]
    assert after["api_key"] != before["api_key"]
