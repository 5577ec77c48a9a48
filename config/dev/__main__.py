"""`python -m config.dev`: start the servers, prepare the database, serve, and stop it all on Ctrl-C.

Everything of Django runs in child processes; this one only watches them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import embedded, env
from config.dev import lock, preflight, prepared
from config.dev.children import ChildError, Children
from config.dev.terminal import Terminal
from config.embedded.place import free_port

DEMO_FILE = env.ROOT / "var" / "demo.json"
READY_FILE = env.ROOT / "var" / "dev.json"
READY_TIMEOUT = 60.0  # seconds
# Started when the pages can be looked at; until then, what they ask for waits in the database.
BACKGROUND = {
    "relay": ("relay",),
    "beat": ("beat",),
    "worker": ("worker", "--queues=critical,default"),
    "bulk": ("worker", "--queues=bulk", "--concurrency=4"),
}
PROBLEMS = (
    lock.AlreadyRunningError,
    preflight.NotReadyError,
    embedded.EmbeddedServerError,
    ChildError,
    ImproperlyConfigured,
)


def main() -> int:
    terminal = Terminal()
    _on_signals(_stop)
    try:
        with lock.only_one() as run:
            _forget_last_run()
            preflight.check()
            with _services(terminal) as services, Children(terminal, run) as children:
                is_prepared = prepared.is_up_to_date(services)
                if not env.is_set("STRIPE_SECRET_KEY"):
                    _start_stripe(children)
                if not is_prepared:
                    _prepare(children, terminal)
                _serve(children, services, terminal)
        return 0
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        return 0
    except PROBLEMS as error:
        terminal.fail(str(error))
        return 1


def _forget_last_run() -> None:
    """After a crash these files still say where things ran."""
    for path in (env.SERVICES_FILE, READY_FILE):
        path.unlink(missing_ok=True)


@contextmanager
def _services(terminal: Terminal) -> Iterator[embedded.Services]:
    """Run PostgreSQL and Valkey, and tell the other commands of this checkout where they are."""
    if not (env.is_set("DATABASE_URL") and env.is_set("VALKEY_URL")):
        terminal.say("Starting PostgreSQL and Valkey")
    services = embedded.start("dev", durable=True)
    stripe = "" if env.is_set("STRIPE_SECRET_KEY") else f"http://127.0.0.1:{_stripe_port()}"
    try:
        _write(
            env.SERVICES_FILE,
            database_url=services.database_url,
            database_owner_url=services.owner_url,
            valkey_url=services.valkey_url,
            stripe_api_base=stripe,
        )
        yield services
    finally:
        env.SERVICES_FILE.unlink(missing_ok=True)
        services.stop()


def _stripe_port() -> int:
    """The same at every start, so that what was bookmarked stays, and another one beside another checkout."""
    return free_port(12111 + env.port() % 1000)


def _prepare(children: Children, terminal: Terminal) -> None:
    """Bring tables, demo data and prices up to date."""
    terminal.say("Preparing the database")
    children.finish("migrate", "migrate", "--verbosity=0")
    children.finish("seed", "seed_demo")
    if not env.is_set("STRIPE_SECRET_KEY"):
        children.finish("plans", "billing", "sync-catalogue")


def _serve(children: Children, services: embedded.Services, terminal: Terminal) -> None:
    children.start("web", "runserver", f"127.0.0.1:{env.port()}")
    try:
        _wait_until_ready(children)
        for name, command in BACKGROUND.items():
            children.start(name, *command)
        prepared.remember(services)
        _announce(services, terminal)
        children.watch(services.check)
    finally:
        READY_FILE.unlink(missing_ok=True)


def _start_stripe(children: Children) -> None:
    """What stands in for Stripe, for those without an account."""
    port = env.stripe_api_base().rsplit(":", 1)[1]
    webhook = f"{env.base_url()}/stripe/webhook/"
    children.start("stripe", "stripe_emulator", "--port", port, "--webhook", webhook)


def _wait_until_ready(children: Children) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while True:
        children.check()
        state, answer = _ask_readiness()
        if state == 200:
            return
        if time.monotonic() > deadline:
            raise ChildError(f"The site did not become ready in {READY_TIMEOUT:.0f} seconds. {answer}")
        time.sleep(0.1)


def _ask_readiness() -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{env.port()}/readyz", timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, f"/readyz says: {error.read().decode(errors='replace')[:2000]}"
    except OSError as error:
        return 0, f"The server does not answer: {error}"


def _announce(services: embedded.Services, terminal: Terminal) -> None:
    demo: dict[str, Any] = json.loads(DEMO_FILE.read_text())
    stripe = "" if env.is_set("STRIPE_SECRET_KEY") else env.stripe_api_base()
    ready = {"url": env.base_url(), "users": demo["users"], "api_key": demo["api_key"], "stripe": stripe}
    _write(READY_FILE, **ready, database_url=services.database_url, valkey_url=services.valkey_url)
    terminal.summary(**ready)


def _write(path: Path, **values: Any) -> None:
    """All at once, so that nobody reads half a file; for this user only, since it holds passwords."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(values, file, indent=2)
    fresh.replace(path)


def _on_signals(handler: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    _on_signals(signal.SIG_IGN)  # a second Ctrl-C must not interrupt the cleaning up
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
