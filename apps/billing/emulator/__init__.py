"""A stand-in for Stripe, for development and tests. README.md tells what it does not do."""

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.server import Emulator


def serve(port: int = 0, file: str = ":memory:", secret: str = "whsec_emulator") -> Emulator:  # noqa: S107
    """Start one in a thread; `url` says where, and `close()` ends it."""
    return Emulator(port, file, secret)


__all__ = ["ApiError", "Emulator", "serve"]
