"""Disputes in the back office."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from apps.billing.models import Dispute
from apps.core.backoffice import TenantModelAdmin
from apps.core.money import formatted


@admin.register(Dispute)
class DisputeAdmin(TenantModelAdmin):
    """Who does not answer in time loses. The answer is given at Stripe, where the dispute is found by its id."""

    list_display = ["opened_at", "workspace", "said", "reason", "status", "answer_due_at"]
    list_filter = ["needs_answer", "is_over"]
    search_fields = ["=stripe_id"]
    search_help_text = gettext_lazy("Search by Stripe’s whole id of the dispute.")
    ordering = ["-opened_at"]
    fields = [
        "workspace",
        "account",
        "stripe_id",
        "said",
        "reason",
        "status",
        "needs_answer",
        "answer_due_at",
        "opened_at",
    ]
    list_select_related = ["account"]

    @admin.display(description=gettext_lazy("amount"))
    def said(self, row: Dispute) -> str:
        """Say the amount with its currency."""
        return formatted(row.amount, row.currency)

    def waiting(self) -> dict[str, Any]:
        return {"needs_answer__exact": 1}
