"""150 subscriptions whose webhooks come twice, late, in any order or never, while workers are killed: `make chaos`."""

import os
import tempfile
from pathlib import Path

from django.test import override_settings

from apps.billing import emulator
from tests.background import billing_chaos, traces
from tests.background.brokers import OwnValkey
from tests.background.processes import processes
from tests.benchmarks import Report

ACCOUNTS = int(os.environ.get("CHAOS_ACCOUNTS", 150))
DELIVERIES = int(os.environ.get("CHAOS_DELIVERIES", 1_000))
KILLS = 10


def run(report: Report) -> None:
    """Kill a worker whenever it has done something, and have Stripe fail."""
    traces.make_tables()
    broker, stripe = OwnValkey("billing_chaos"), emulator.serve()
    broker.start()
    known = {"STRIPE_SECRET_KEY": "sk_test_chaos", "STRIPE_API_BASE": stripe.url}
    with (
        tempfile.TemporaryDirectory() as folder,
        override_settings(**known, STRIPE_WEBHOOK_SECRETS=[stripe.secret]),
        processes(
            broker_url=broker.url,
            log=Path(folder) / "processes.log",
            JOBS_LEASE="2",
            STRIPE_WEBHOOK_SECRETS=stripe.secret,
            **known,
        ) as running,
    ):
        outcome = billing_chaos.run(running, stripe, accounts=ACCOUNTS, deliveries=DELIVERIES, kills=KILLS)
    stripe.close()
    broker.stop()
    report.tell(
        f"{ACCOUNTS} subscriptions, {outcome.events:,} events, {outcome.deliveries:,} sent, {outcome.kills} kills",
        f"{outcome.seconds:.0f} s",
    )
    for what, count in (
        ("subscriptions that are not as at Stripe", outcome.wrong),
        ("effects doubled", outcome.doubled),
        ("events never worked off", outcome.stuck),
    ):
        report.must(what, str(count), holds=count == 0, must="0")
