"""`manage.py seed_demo`: two workspaces with people and eight weeks of signals; log-ins in var/demo.json."""

import json
import os
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.interface import KeyRefused, accounts
from apps.accounts.services.keys import key_create
from apps.dev.demo import story, telling
from apps.dev.demo.stage import acting

FILE = settings.BASE_DIR / "var" / "demo.json"
KEY_LIFETIME = timedelta(days=365)


class Command(BaseCommand):
    help = "Write the demo data, once, and the ways to log in to var/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        if telling.is_told():
            self.stdout.write("The demo data is there.")
        else:
            telling.tell()
            self.stdout.write(f"Made {len(story.WORKSPACES)} workspaces with eight weeks behind them.")
        telling.let_staff_in()
        _write({"users": _users(), "api_key": _working_key() or _new_key()})


def _users() -> list[dict[str, str]]:
    """Return who may log in; our staff, at the end, are in no workspace."""
    people = [(person, workspace.slug) for workspace in story.WORKSPACES for person in workspace.people]
    return [
        {"email": person.email, "password": story.PASSWORD, "workspace": slug, "role": person.role}
        for person, slug in [*people, (story.STAFF, "")]
    ]


def _working_key() -> str:
    """Return the key of the last run, if it still opens the API; else an empty text."""
    try:
        key = str(json.loads(FILE.read_text())["api_key"])
        accounts().authenticate_key(presented=key)
    except (FileNotFoundError, ValueError, KeyError, KeyRefused):
        return ""
    return key


def _new_key() -> str:
    tenant, owner = telling.tenant_of(story.WORKSPACES[0]), telling.owner_of(story.WORKSPACES[0])
    with acting(tenant, owner, "owner"):
        _key, presented = key_create(name="Demo", role="member", lifetime=KEY_LIFETIME)
    return presented


def _write(demo: dict[str, Any]) -> None:
    """All at once, so that nobody reads half a file; for this user only, since it holds passwords."""
    FILE.parent.mkdir(exist_ok=True)
    fresh = FILE.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(demo, file, indent=2)
    fresh.replace(FILE)
