"""Stripe, as far as billing's tests need it."""

from collections.abc import Iterator

import pytest

from apps.billing import emulator


@pytest.fixture
def stripe_emulator() -> Iterator[emulator.Emulator]:
    """An emulator of its own for a test; its clock moves only with `advance`."""
    running = emulator.serve()
    yield running
    running.close()
