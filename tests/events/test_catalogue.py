"""The catalogue is fresh, and no event changes under those who read it."""

import json
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings

from apps.events import catalogue

REFERENCE = settings.BASE_DIR / "docs" / "reference"
WRITE = "Run `.venv/bin/python manage.py events --write` and commit docs/reference."


def kept() -> catalogue.Schemas:
    schemas: catalogue.Schemas = json.loads((REFERENCE / "events.json").read_text())
    return schemas


def test_no_event_breaks_its_promise() -> None:
    assert catalogue.breaches(before=kept(), now=catalogue.schemas()) == []


def test_the_catalogue_is_fresh() -> None:
    assert kept() == catalogue.schemas(), WRITE
    assert (REFERENCE / "events.md").read_text() == catalogue.page(), WRITE


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"user_id": None}, "the field user_id is gone. Keep it, or raise the event's event_version."),
        (
            {"user_id": {"type": "int", "optional": False}},
            "user_id was UUID and is int. Add a field instead, or raise the event's event_version.",
        ),
        (
            {"why": {"type": "str", "optional": False}},
            "the field why is new, and events on their way lack it. "
            "Give it a default, or raise the event's event_version.",
        ),
        ({"why": {"type": "str", "optional": True}}, ""),
    ],
)
def test_a_planted_breach_is_found(change: dict[str, Any], says: str) -> None:
    name = "tenancy.member.added"
    before = catalogue.schemas()
    now = deepcopy(before)
    now[name]["fields"] |= change
    now[name]["fields"] = {field: about for field, about in now[name]["fields"].items() if about}

    assert catalogue.breaches(before=before, now=now) == ([f"{name}: {says}"] if says else [])

    now[name]["version"] += 1
    assert catalogue.breaches(before=before, now=now) == []
