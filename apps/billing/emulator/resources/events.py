"""What has happened."""

from apps.billing.emulator.routing import readable

readable("events", "event", "Event")
