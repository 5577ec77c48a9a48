"""A guarded API read (key or token, membership, scope, row security) against the bare view and stock django-tenants.

They run in processes of their own and take turns, so that whatever else the machine does slows all of them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from psycopg import sql

from apps.accounts.tokens.keyring import keyring
from apps.radar.models import Competitor
from tests import databases
from tests.benchmarks import Report
from tests.benchmarks.contenders.stock.fill import HOST as STOCK_HOST
from tests.factories import tenancy

ROUNDS, REQUESTS = 25, 40
STOCK = 1.6  # times the throughput
HOST = "bench.example"
LIST = "/api/v1/competitors"
ENVIRONMENT = {
    "SECRET_KEY": settings.SECRET_KEY,
    "API_KEY_PEPPERS": settings.API_KEY_PEPPERS[0],
    "AUDIT_SIGNING_KEY": "A" * 43 + "=",
    "MFA_KEYS": settings.MFA_KEYS[0],
    "TOKEN_KEYS": keyring().text,
    "BASE_URL": f"https://{HOST}",
    "ALLOWED_HOSTS": HOST,
    "DEFAULT_PLAN": "unlimited",  # with the API
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "LOG_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore",
}


class Contender:
    """A process that answers requests when told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin
        assert process.stdout
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        answer = json.loads(self._out.readline())
        self.rows = answer.get("results", [answer])

    def milliseconds(self) -> float:
        """Return how long a request takes, of many in a row."""
        print(REQUESTS, file=self._in, flush=True)
        return float(self._out.readline()) * 1000 / REQUESTS


def run(report: Report) -> None:
    """Measure a list of 25, and one row: with a key, with a token, and with a token while Valkey is away."""
    tenant = tenancy.workspace()
    with tenancy.scope_of(tenant):
        _fill()
        one = Competitor.objects.earliest("name").pk
    with override_settings(API_KEY_KIND="live"):
        key = tenancy.key_headers(tenant, role="member")["authorization"]
    app_user = tenancy.member(tenant)
    with _stock_database() as stock_url:
        stock_token, stock_one = _run(
            "tests.benchmarks.contenders.stock.fill", STOCK_DATABASE_URL=stock_url
        ).split()
        for what, path, stock_path, bar in (
            ("list of 25", LIST, LIST, 1.6),  # docs/adr/0010
            ("one row", f"{LIST}/{one}", f"{LIST}/{stock_one}", 2.1),
        ):
            token = _run(
                "tests.benchmarks.contenders.sign_in",
                str(app_user.id),
                DJANGO_SETTINGS_MODULE="config.settings.production",
            )
            token = f"Bearer {token.strip()}"  # good for five minutes
            with ExitStack() as stack:

                def enter(
                    module: str, *arguments: str, stack: ExitStack = stack, **variables: str
                ) -> Contender:
                    return stack.enter_context(_contender(module, *arguments, **variables))

                ours = "config.settings.production"
                contenders = {
                    "bare": enter(
                        "tests.benchmarks.contenders.bare", path, HOST, "", BENCH_TENANT_ID=str(tenant.id)
                    ),
                    "stock": enter(
                        "tests.benchmarks.contenders.stock.settings",
                        stock_path,
                        STOCK_HOST,
                        f"Bearer {stock_token}",
                        STOCK_DATABASE_URL=stock_url,
                    ),
                    "key": enter(ours, path, HOST, key),
                    "token": enter(ours, path, HOST, token),
                    "away": enter(ours, path, HOST, token, VALKEY_URL="redis://127.0.0.1:1/0"),
                }
                assert contenders["key"].rows == contenders["token"].rows == contenders["bare"].rows
                assert len(contenders["key"].rows) == len(contenders["stock"].rows)
                _compare(report, what, contenders, bar)


def _compare(report: Report, what: str, contenders: dict[str, Contender], bar: float) -> None:
    for contender in contenders.values():
        contender.milliseconds()  # to warm up
    rounds = [
        {name: contender.milliseconds() for name, contender in contenders.items()} for _round in range(ROUNDS)
    ]
    taken = {name: median(each[name] for each in rounds) for name in contenders}
    report.tell(f"bare view, {what}", f"{taken['bare']:.2f} ms")
    report.tell(f"stock django-tenants, {what}", f"{taken['stock']:.2f} ms")
    for name in ("key", "token"):
        against_bare = median(each[name] / each["bare"] for each in rounds)
        against_stock = median(each["stock"] / each[name] for each in rounds)
        report.must(
            f"read by {name}, {what}: time against the bare view",
            f"{taken[name]:.2f} ms",
            ratio=f"{against_bare:.2f}",
            holds=against_bare <= bar,
            must=f"<= {bar}",
        )
        report.must(
            f"read by {name}, {what}: throughput against stock",
            f"{1000 / taken[name]:.0f}/s",
            ratio=f"{against_stock:.2f}",
            holds=against_stock >= STOCK,
            must=f">= {STOCK}",
        )
    away = median(each["away"] / each["bare"] for each in rounds)
    report.tell(f"read by token, {what}, Valkey away", f"{taken['away']:.2f} ms", ratio=f"{away:.2f}")


def _fill() -> None:
    with transaction.atomic():
        Competitor.objects.bulk_create(
            Competitor(name=f"Competitor {number:03}", website="https://example.com", notes="Some words.")
            for number in range(100)
        )


@contextmanager
def _contender(settings_module: str, *arguments: str, **variables: str) -> Iterator[Contender]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.contenders.server", *arguments],
        cwd=settings.BASE_DIR,
        env=_environment(DJANGO_SETTINGS_MODULE=settings_module, **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Contender(process)
    finally:
        process.kill()
        process.wait()


def _run(module: str, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=settings.BASE_DIR,
        env=_environment(**variables),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _environment(**variables: str) -> dict[str, str]:
    database: Any = connection.settings_dict["NAME"]
    return (
        os.environ | ENVIRONMENT | {"DATABASE_URL": _named(os.environ["DATABASE_URL"], database)} | variables
    )


def _named(url: str, database: str) -> str:
    """Return a database's address with another name at its end."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextmanager
def _stock_database() -> Iterator[str]:
    name = sql.Identifier("bench_stock")
    with databases.administrator("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        admin.execute(sql.SQL("create database {}").format(name))
        try:
            yield _named(os.environ["DATABASE_ADMIN_URL"], "bench_stock")
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(name))
