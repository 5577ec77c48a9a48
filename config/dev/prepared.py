"""Whether the database is as the code wants it, so that a second `make dev` need not look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from config import env
from config.embedded import Services

PATH = env.ROOT / "var" / "prepared"
DEMO_FILE = env.ROOT / "var" / "demo.json"
STRIPE_FILE = env.ROOT / "var" / "stripe.sqlite3"
SOURCES = (
    "apps/*/migrations/*.py",
    "apps/*/management/commands/*.py",
    "apps/core/db/*.py",
    "apps/dev/*.py",
    "apps/billing/emulator/store.py",
    "config/plans.py",
    "requirements/development.txt",
)


def is_up_to_date(services: Services) -> bool:
    """True if the last start came up with these sources on this database. Ask before Stripe's stand-in is started.

    The answer is given once: a start that fails afterwards makes the next one look. A database of yours,
    which others may change, is always looked at.
    """
    known = PATH.read_text() if PATH.exists() else ""
    PATH.unlink(missing_ok=True)
    if not (DEMO_FILE.exists() and (STRIPE_FILE.exists() or env.is_set("STRIPE_SECRET_KEY"))):
        return False
    return not env.is_set("DATABASE_URL") and known == _fingerprint(services)


def remember(services: Services) -> None:
    """Note that everything came up."""
    PATH.write_text(_fingerprint(services))


def _fingerprint(services: Services) -> str:
    digest = hashlib.sha256(services.database_url.encode())
    for path in _sources():
        digest.update(f"{path.relative_to(env.ROOT)}".encode() + path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from sorted(env.ROOT.glob(pattern))
