"""What Stripe told us of, in the back office."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from apps.billing.models import BillingAccount, WebhookEvent
from apps.billing.services.events import GIVEN_UP, events_discard, events_replay
from apps.core.backoffice import RepeatableAdmin


@admin.register(WebhookEvent)
class WebhookEventAdmin(RepeatableAdmin):
    """Parked events are those that failed every try: somebody must look."""

    list_display = ["received_at", "type", "state", "workspace", "customer_id", "attempts", "why"]
    list_filter = ["state"]
    search_fields = ["=event_id", "=customer_id", "=object_id"]
    search_help_text = gettext_lazy(
        "Search by a whole id of Stripe’s: of the event, the customer or the object."
    )
    ordering = ["-id"]
    fields = [
        "event_id",
        "type",
        "state",
        "workspace",
        "customer_id",
        "object_type",
        "object_id",
        "livemode",
        "attempts",
        "error",
        "received_at",
        "due_at",
        "processed_at",
    ]
    replay_rows = staticmethod(events_replay)
    discard_rows = staticmethod(events_discard)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        account = BillingAccount.objects.filter(stripe_customer_id=OuterRef("customer_id"))
        return (
            super().get_queryset(request).annotate(customers_tenant=Subquery(account.values("tenant_id")[:1]))
        )

    def of_tenant(self, rows: QuerySet[Any], tenant_id: UUID) -> QuerySet[Any]:
        accounts = BillingAccount.objects.filter(tenant_id=tenant_id)
        return rows.filter(customer_id__in=accounts.values("stripe_customer_id"))

    def tenant_of(self, row: Any) -> UUID | None:
        if not hasattr(row, "customers_tenant"):
            account = BillingAccount.objects.filter(stripe_customer_id=row.customer_id).first()
            row.customers_tenant = account.tenant_id if account else None
        found: UUID | None = row.customers_tenant
        return found

    def failed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(state__in=GIVEN_UP)

    def waiting(self) -> dict[str, Any]:
        return {"state__exact": WebhookEvent.State.PARKED}
