"""What `make dev` prints."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from config import product

BOLD, DIM, RED, RESET = "1", "2", "31", "0"
LOG_COLOURS = ("36", "35", "34", "33", "32")
PREFIX_WIDTH = 8


class Terminal:
    """Prints whole lines from several threads; in colour on a terminal, unless NO_COLOR is set."""

    def __init__(self) -> None:
        self._printing = threading.Lock()
        self.colourful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._sources: list[str] = []

    def say(self, text: str) -> None:
        self._print(self._paint(BOLD, text))

    def fail(self, text: str) -> None:
        print(self._paint(RED, text), file=sys.stderr, flush=True)

    def log(self, source: str, line: str) -> None:
        """A line of a child's output."""
        if source not in self._sources:
            self._sources.append(source)
        colour = LOG_COLOURS[self._sources.index(source) % len(LOG_COLOURS)]
        self._print(f"{self._paint(colour, source.ljust(PREFIX_WIDTH))}{self._paint(DIM, '|')} {line}")

    def summary(self, *, url: str, users: list[dict[str, Any]], api_key: str, stripe: str) -> None:
        """The few lines with which a newcomer can begin."""
        rows = [(f"{product.NAME} is ready", self._paint(BOLD, url)), ("", "")]
        for user in _one_per_workspace(users)[:2]:
            rows.append(
                ("Log in as", f"{user['email']}  {user['password']}  ({user['role']} of {user['workspace']})")
            )
        for user in users:
            if not user["workspace"]:
                rows.append(("Back office", f"{user['email']}  {user['password']}  {url}/admin/"))
        rows.append(("Mail goes to", f"{url}/dev/mail/"))
        if stripe:
            rows.append(("Stripe emulator", f"{stripe}  (test card 4242 4242 4242 4242)"))
        rows.append(("Try the API", f'curl -H "Authorization: Bearer {api_key}" {url}/api/v1/competitors'))
        rows.append(("Stop with", "Ctrl-C"))
        lines = ["", *(f"  {self._paint(BOLD, name.ljust(15))} {value}".rstrip() for name, value in rows), ""]
        self._print("\n".join(lines))

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[{RESET}m" if self.colourful else text

    def _print(self, text: str) -> None:
        with self._printing:
            print(text, flush=True)


def _one_per_workspace(users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first person of each workspace comes first."""
    first: dict[str, dict[str, Any]] = {}
    for user in users:
        first.setdefault(user["workspace"], user)
    return list(first.values())
