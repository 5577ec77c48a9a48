"""Invoices."""

from apps.billing.emulator.routing import readable

readable("invoices", "invoice", "Invoice")
