"""`manage.py token_keys`: the keys that sign tokens, and their change without a refused request."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.tokens.keyring import PUBLISHED_FOR, Key, Keyring, is_file, keyring, save
from apps.accounts.tokens.tokens import IDLE_LIFETIME


class Command(BaseCommand):
    help = (
        "List the keys that sign tokens. To change the key: add one, activate it when everybody knows it, and retire "
        "the former one when nothing that it signed is good any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command")
        commands.add_parser("list", help="list the keys (so does no command)")
        commands.add_parser("add", help="make a key, which is published and does not sign yet")
        for name, text in (("activate", "sign with a key"), ("retire", "forget a key")):
            command = commands.add_parser(name, help=text)
            command.add_argument("key")
            command.add_argument("--now", action="store_true", help="don't wait, whatever is refused then")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["command"]:
            case "add":
                self._keep(_present().with_new())
            case "activate":
                key = _the(options["key"])
                _wait(key.added_at + PUBLISHED_FOR, "not everybody knows it yet", options["now"])
                self._keep(keyring().signing_with(key))
            case "retire":
                key = _the(options["key"])
                if key == keyring().signing:
                    raise CommandError("This key signs. Activate another one first.")
                last_used = key.replaced_at and key.replaced_at + int(IDLE_LIFETIME.total_seconds())
                _wait(last_used, "tokens that it signed are still good", options["now"])
                self._keep(keyring().without(key))
            case _:
                self._list(_present())

    def _keep(self, ring: Keyring) -> None:
        if not settings.TOKEN_KEYS or is_file(settings.TOKEN_KEYS):
            file = Path(settings.TOKEN_KEYS or "token-keys.json")
            save(ring, file)
            self._list(ring)
            if not settings.TOKEN_KEYS:
                self.stdout.write(
                    f"Keep {file} where only the site can read it, and set TOKEN_KEYS to its path."
                )
        else:
            self.stderr.write("Set TOKEN_KEYS to this on every server, and start them anew:")
            self.stdout.write(ring.text)

    def _list(self, ring: Keyring) -> None:
        for key in ring.keys:
            self.stdout.write(f"{key.id}  {_state(key, ring)}")
        if not ring.keys:
            self.stdout.write("There are no keys, so apps can't sign in. Make one: manage.py token_keys add")


def _present() -> Keyring:
    """Return the keys; none if the file that is to hold them is not there yet."""
    named = settings.TOKEN_KEYS
    return Keyring() if is_file(named) and not Path(named).exists() else keyring()


def _the(key_id: str) -> Key:
    key = keyring().find(key_id)
    if key is None:
        raise CommandError(f"There is no key {key_id}. `manage.py token_keys` lists them.")
    return key


def _wait(until: int, why: str, is_forced: bool) -> None:
    if time.time() < until and not is_forced:
        raise CommandError(f"Wait until {_said(until)}: {why}. In an emergency: --now")


def _state(key: Key, ring: Keyring) -> str:
    if key == ring.signing:
        return "signs"
    if key.replaced_at:
        return f"signed until {_said(key.replaced_at)}"
    return f"published since {_said(key.added_at)}"


def _said(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
