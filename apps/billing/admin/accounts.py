"""Accounts in the back office, what happened to them, and what comes in a month."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from apps.billing.charts import revenue_chart
from apps.billing.history import history_of
from apps.billing.models import BillingAccount, Subscription
from apps.billing.offers import plan_name
from apps.billing.providers.base import ProviderRefused, ProviderUnavailable
from apps.billing.revenue import contracts, months
from apps.billing.services.events import events_replay
from apps.billing.services.sync import sync_account
from apps.core.backoffice import ReadOnlyInline, TenantModelAdmin


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
