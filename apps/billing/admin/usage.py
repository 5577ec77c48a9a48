"""Usage in the back office: what waits for a decision."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from apps.billing.models import UsageEvent
from apps.billing.services.usage import usage_discard, usage_replay
from apps.core.backoffice import RepeatableAdmin


@admin.register(UsageEvent)
class UsageEventAdmin(RepeatableAdmin):
    """What needs a decision was refused, or it is not known whether it was counted."""

    list_display = ["occurred_at", "meter", "quantity", "state", "workspace", "tries", "why"]
    list_filter = ["state", "meter"]
    search_fields = ["=identifier"]
    search_help_text = gettext_lazy("Search by the whole identifier.")
    ordering = ["-id"]
    fields = [
        "meter",
        "quantity",
        "workspace",
        "identifier",
        "state",
        "occurred_at",
        "recorded_at",
        "tries",
        "first_tried_at",
        "due_at",
        "error",
    ]
    replay_rows = staticmethod(usage_replay)
    discard_rows = staticmethod(usage_discard)

    def failed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(state=UsageEvent.State.PARKED)

    def waiting(self) -> dict[str, Any]:
        return {"state__exact": UsageEvent.State.PARKED}
