"""Whatever is killed, and however webhooks come, what we believe of subscriptions is what Stripe has."""

from pathlib import Path
from typing import Any

from apps.billing import emulator
from tests.background import billing_chaos
from tests.background.brokers import Broker
from tests.background.conftest import SHORT
from tests.background.processes import processes


def test_subscriptions_are_as_at_stripe_in_the_end(
    traced: None, valkey: Broker, settings: Any, tmp_path: Path
) -> None:
    valkey.start()
    running = emulator.serve()
    stripe = {"STRIPE_SECRET_KEY": "sk_test_chaos", "STRIPE_API_BASE": running.url}
    for name, value in stripe.items():
        setattr(settings, name, value)
    settings.STRIPE_WEBHOOK_SECRETS = [running.secret]
    try:
        with processes(
            broker_url=valkey.url,
            log=tmp_path / "processes.log",
            **SHORT,
            **stripe,
            STRIPE_WEBHOOK_SECRETS=running.secret,
        ) as workers:
            outcome = billing_chaos.run(workers, running, accounts=8, deliveries=160, kills=2)
    finally:
        running.close()

    assert (outcome.wrong, outcome.doubled, outcome.stuck) == (0, 0, 0)
    assert outcome.missed > 0
