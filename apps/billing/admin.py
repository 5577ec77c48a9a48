"""Billing in the back office: accounts and what happened to them, and what waits for a decision."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.billing.charts import revenue_chart
from apps.billing.history import history_of
from apps.billing.models import (
    BillingAccount,
    Dispute,
    Drift,
    ReconcileRun,
    Subscription,
    UsageEvent,
    WebhookEvent,
)
from apps.billing.offers import plan_name
from apps.billing.providers.base import ProviderRefused, ProviderUnavailable
from apps.billing.revenue import contracts, months
from apps.billing.services.events import GIVEN_UP, events_discard, events_replay
from apps.billing.services.sync import sync_account
from apps.billing.services.usage import usage_discard, usage_replay
from apps.core import clock
from apps.core.backoffice import BackofficeModelAdmin, ReadOnlyInline, RepeatableAdmin, TenantModelAdmin
from apps.core.money import formatted

NEWS_OF = timedelta(days=7)


class SubscriptionInline(ReadOnlyInline):
    model = Subscription
    fields = readonly_fields = (
        "stripe_id",
        "status",
        "plan",
        "lookup_key",
        "quantity",
        "period_end",
        "cancel_at",
        "collection_paused",
        "ended_at",
        "is_current",
    )
    ordering = ["-started_at"]


@admin.register(BillingAccount)
class BillingAccountAdmin(TenantModelAdmin):
    change_form_template = "admin/billing/account.html"
    change_list_template = "admin/billing/accounts.html"
    list_display = [
        "stripe_customer_id",
        "workspace",
        "plan",
        "status",
        "seats",
        "delinquent_since",
        "synced_at",
    ]
    list_filter = [("delinquent_since", EmptyFieldListFilter)]
    search_fields = ["=stripe_customer_id", "=subscriptions__stripe_id"]
    search_help_text = gettext_lazy("Search by Stripe’s whole id of the customer or the subscription.")
    ordering = ["-id"]
    fields = [
        "workspace",
        "stripe_customer_id",
        "livemode",
        "payment_method",
        "delinquent_since",
        "synced_at",
        "created_at",
    ]
    inlines = [SubscriptionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BillingAccount]:
        current = Subscription.objects.filter(tenant_id=OuterRef("tenant_id"), is_current=True)
        names = ("plan", "status", "quantity")
        found = {f"current_{name}": Subquery(current.values(name)[:1]) for name in names}
        return super().get_queryset(request).annotate(**found)

    @admin.display(description=gettext_lazy("plan"))
    def plan(self, row: Any) -> str:
        return plan_name(row.current_plan or "")

    @admin.display(description=gettext_lazy("state"))
    def status(self, row: Any) -> str:
        return row.current_status or ""

    @admin.display(description=gettext_lazy("seats"))
    def seats(self, row: Any) -> Any:
        return row.current_quantity

    def get_urls(self) -> list[Any]:
        guarded = self.admin_site.admin_view
        name = "billing_billingaccount"
        return [
            path("revenue/", guarded(self.revenue), name=f"{name}_revenue"),
            path("<uuid:account_id>/resync/", guarded(self.resync), name=f"{name}_resync"),
            path("<uuid:account_id>/replay/<uuid:event_id>/", guarded(self.replay), name=f"{name}_replay"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        account = self.get_object(request, object_id)
        shown = {"history": history_of(account)} if account else {}
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def revenue(self, request: HttpRequest) -> HttpResponse:
        """Show what comes in a month, and how many come and go."""
        self.admin_site.record_list(model=Subscription, search="")
        found = months(contracts())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Monthly revenue and churn"),
            "opts": self.opts,
            "charts": [revenue_chart(found, currency) for currency in found[-1].recurring],
            "months": found[::-1],
        }
        return render(request, "admin/billing/revenue.html", context)

    def resync(self, request: HttpRequest, account_id: UUID) -> HttpResponse:
        """Bring in what Stripe has of an account now."""
        return self._act(request, account_id, "resync", None)

    def replay(self, request: HttpRequest, account_id: UUID, event_id: UUID) -> HttpResponse:
        """Begin a failed event of an account again."""
        return self._act(request, account_id, "replay", event_id)

    def _act(self, request: HttpRequest, account_id: UUID, word: str, event_id: UUID | None) -> HttpResponse:
        return require_POST(self._acted)(request, account_id, word, event_id)

    def _acted(
        self, request: HttpRequest, account_id: UUID, word: str, event_id: UUID | None
    ) -> HttpResponse:
        account = get_object_or_404(BillingAccount, id=account_id)
        self.admin_site.record_change(
            row=account, tenant_id=account.tenant_id, before={}, after={"decision": word}
        )
        if event_id:
            events_replay([event_id])
            messages.success(request, _("The event is brought in again."))
        else:
            _resync(request, account)
        query = {"tenant_id": account.tenant_id}
        return redirect(reverse("admin:billing_billingaccount_change", args=[account.id], query=query))


def _resync(request: HttpRequest, account: BillingAccount) -> None:
    try:
        sync_account(tenant_id=account.tenant_id, because="staff")
    except ProviderUnavailable:
        messages.error(request, _("Stripe does not answer. Try again in a minute."))
    except ProviderRefused as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("What Stripe has of it was brought in."))


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
