"""Comparisons with Stripe in the back office, and what they found."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from apps.billing.models import Drift, ReconcileRun
from apps.core import clock
from apps.core.backoffice import BackofficeModelAdmin, TenantModelAdmin

NEWS_OF = timedelta(days=7)


@admin.register(ReconcileRun)
class ReconcileRunAdmin(BackofficeModelAdmin):
    list_display = ["started_at", "kind", "finished_at", "total", "checked", "found"]
    list_filter = ["kind"]
    ordering = ["-started_at"]
    fields = ["kind", "started_at", "finished_at", "total", "checked", "found"]


@admin.register(Drift)
class DriftAdmin(TenantModelAdmin):
    """What we believed and Stripe did not say; it was put right at once."""

    list_display = ["found_at", "workspace", "what"]
    ordering = ["-found_at"]
    fields = ["workspace", "account", "found_at", "what"]
    list_select_related = ["account"]

    def waiting(self) -> dict[str, Any]:
        """Nobody decides about them, so those of the last days are shown."""
        return {"found_at__gte": clock.now() - NEWS_OF}

    @admin.display(description=gettext_lazy("ours → Stripe’s"))
    def what(self, row: Drift) -> str:
        """Say each difference in a line."""
        lines = [(one["what"], one["ours"] or "–", one["theirs"] or "–") for one in row.differences]
        return format_html_join("", "<div>{}: {} → {}</div>", lines)
