"""A stand-in for Stripe, for development and tests. README.md tells what it does not do."""

from apps.billing.emulator.emulator import Emulator
from apps.billing.emulator.errors import ApiError

serve = Emulator

__all__ = ["ApiError", "Emulator", "serve"]
