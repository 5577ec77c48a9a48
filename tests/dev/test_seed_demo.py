"""The demo data: told once, and the ways in always work."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import Client

from apps.audit.interface import Filters, audit
from apps.dev.demo import story, telling
from apps.dev.management.commands import seed_demo
from apps.radar import selectors


@pytest.fixture
def file(db: None, tmp_path: Path) -> Any:
    path = tmp_path / "demo.json"
    with patch.object(seed_demo, "FILE", path):
        call_command("seed_demo")
        yield path


def test_people_log_in_and_the_key_opens_the_api(file: Path) -> None:
    demo = json.loads(file.read_text())

    assert file.stat().st_mode & 0o777 == 0o600
    assert {user["workspace"] for user in demo["users"]} == {told.slug for told in story.WORKSPACES}
    for user in demo["users"]:
        assert Client().login(email=user["email"], password=user["password"])
    headers = {"authorization": f"Bearer {demo['api_key']}"}
    assert Client().get("/api/v1/signals", headers=headers).status_code == 200


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


def test_the_story_fills_eight_weeks(file: Path) -> None:
    for told in story.WORKSPACES:
        with telling.acting(telling.tenant_of(told), telling.owner_of(told), "owner"):
            weeks = selectors.weeks()
            entries = audit().list_entries(filters=Filters(), page_size=200).entries
        moments = [entry.occurred_at for entry in sorted(entries, key=lambda entry: entry.id)]
        assert moments == sorted(moments)
        assert all(week.signals for week in weeks)
        assert sum(week.signals for week in weeks) == len(told.signals)
        assert len({entry.occurred_at.date() for entry in entries}) > 8
