"""The outbox in the back office: what was published, and what became of it at each consumer."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import ReadOnlyInline, RepeatableAdmin, TenantModelAdmin
from apps.events import upkeep
from apps.events.models import STATES, Delivery, OutboxEvent


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Delivery.State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(STATES.get(self.value() or "", Q()))


class DeliveryInline(ReadOnlyInline):
    model = Delivery
    fields = ["consumer", "attempts", "due_at", "delivered_at", "parked_at", "error"]


@admin.register(OutboxEvent)
class OutboxEventAdmin(TenantModelAdmin):
    list_display = ["occurred_at", "type", "workspace", "published_at"]
    search_fields = ["=type", "=aggregateid"]
    search_help_text = _("Search by the event's whole name, or by the id of what it happened to.")
    ordering = ["-id"]
    fields = [
        "id",
        "type",
        "workspace",
        "aggregatetype",
        "aggregateid",
        "payload",
        "headers",
        "occurred_at",
        "published_at",
    ]
    inlines = [DeliveryInline]


@admin.register(Delivery)
class DeliveryAdmin(RepeatableAdmin):
    """Parked deliveries are those that failed every try: somebody must look."""

    list_display = ["type", "consumer", "state", "workspace", "attempts", "why"]
    list_filter = [StateFilter]
    list_select_related = ["event"]
    search_fields = ["=consumer"]
    search_help_text = _("Search by the consumer's whole name.")
    ordering = ["-id"]
    fields = [
        "event",
        "consumer",
        "state",
        "workspace",
        "attempts",
        "due_at",
        "delivered_at",
        "parked_at",
        "error",
    ]

    replay_rows = staticmethod(upkeep.replay)
    discard_rows = staticmethod(upkeep.discard)

    def failed(self, rows: Any) -> Any:
        return rows.filter(STATES[Delivery.State.PARKED])

    def waiting(self) -> dict[str, Any]:
        return {"parked_at__isnull": False, "discarded_at__isnull": True}

    def tenant_of(self, row: Delivery) -> UUID | None:
        return row.event.tenant_id

    def of_tenant(self, rows: Any, tenant_id: UUID) -> Any:
        return rows.filter(event__tenant_id=tenant_id)

    @admin.display(description=_("event"))
    def type(self, row: Delivery) -> str:
        return row.event.type

    @admin.display(description=_("state"))
    def state(self, row: Delivery) -> str:
        return str(row.state.label)
