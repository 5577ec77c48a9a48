"""A small checkout of its own for every test that starts servers, so that nothing here meets the real one."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded.place import free_port

ROOT = Path(__file__).resolve().parents[2]
CONFIGURED = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_DIRECT_URL",
    "DATABASE_ADMIN_URL",
    "VALKEY_URL",
    "BASE_URL",
    "STRIPE_SECRET_KEY",
)

# Stands in for Django: `make dev` only sees commands that end, and a server that answers /readyz.
MANAGE = """
import http.server, json, pathlib, sys, time

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

match sys.argv[1]:
    case "migrate":
        print("migrating", flush=True)
    case "seed_demo":
        user = {"email": "ada@example.com", "password": "pw", "workspace": "acme", "role": "owner"}
        demo = {"users": [user], "api_key": "key"}
        pathlib.Path(__file__).with_name("var").joinpath("demo.json").write_text(json.dumps(demo))
    case "runserver":
        host, port = sys.argv[2].split(":")
        changed = pathlib.Path(__file__).with_name("changed")
        if changed.exists():
            changed.unlink()
            sys.exit(3)  # as Django's reloader does
        http.server.HTTPServer((host, int(port)), Ready).serve_forever()
    case "stripe_emulator":
        pathlib.Path(__file__).with_name("var").joinpath("stripe.sqlite3").touch()
        time.sleep(600)
    case "relay" | "beat" | "worker":
        if pathlib.Path(__file__).with_name("die").exists():
            sys.exit("the relay broke")
        time.sleep(600)
"""


class Checkout:
    """A copy of config/ in which `make dev` can be run for real."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port(None)
        shutil.copytree(
            ROOT / "config", root / "config", ignore=shutil.ignore_patterns("settings", "__pycache__")
        )
        shutil.copytree(ROOT / "deploy" / "postgres", root / "deploy" / "postgres")
        (root / "manage.py").write_text(MANAGE)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=self._environment(variables),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @contextmanager
    def dev(self, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """`make dev`, from the moment it says that it is ready."""
        (self.root / "var" / "dev.json").unlink(missing_ok=True)  # of a run that was killed
        command = [sys.executable, "-m", "config.dev"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        with subprocess.Popen(command, cwd=self.root, env=self._environment(variables), **pipes) as process:
            try:
                self._wait_until_ready(process)
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=15)

    def _wait_until_ready(self, process: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + 20
        while not (self.root / "var" / "dev.json").exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline, "`make dev` did not become ready"
            time.sleep(0.05)

    def python(self, script: str, **variables: str) -> str:
        """Run a script and return what it prints."""
        done = self.run("-c", script, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def read(self, name: str) -> dict[str, object]:
        return dict(json.loads((self.root / "var" / name).read_text()))

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in CONFIGURED}
        return inherited | {"PORT": str(self.port)} | variables


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    yield made
    done = made.run("-m", "config.dev.reset")
    assert done.returncode == 0, done.stderr
