"""Webhooks in the back office: where they go, whether they arrive, and which key of ours their secrets are made of."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import ReadOnlyInline, TenantModelAdmin
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.services.signing import mark_of


class KeyFilter(admin.SimpleListFilter):
    title = _("key of the secret")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("present", _("Present")), ("former", _("Former"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """A deleted endpoint, which may come back, counts too."""
        present = mark_of(settings.WEBHOOKS_SECRET)
        match self.value():
            case "present":
                return queryset.filter(key_mark=present)
            case "former":
                return queryset.exclude(key_mark=present)
        return queryset


@admin.register(Endpoint)
class EndpointAdmin(TenantModelAdmin):
    """Once none has a former key, and a day later, WEBHOOKS_SECRET_FALLBACKS may go."""

    list_display = ["address", "workspace", "state", "failing_since", "failed", "key"]
    list_filter = [KeyFilter]
    search_fields = ["url"]
    search_help_text = _("Search by a part of the address.")
    ordering = ["-id"]
    fields = [
        "url",
        "description",
        "workspace",
        "state",
        "events",
        "failing_since",
        "failed",
        "key",
        "created_at",
        "disabled_at",
        "disabled_reason",
        "deleted_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        failed = Delivery.objects.filter(
            tenant_id=OuterRef("tenant_id"), endpoint=OuterRef("pk"), state=Delivery.State.FAILED
        )
        counted = failed.order_by().values("endpoint").annotate(count=Count("*"))
        return super().get_queryset(request).annotate(failed=Subquery(counted.values("count")))

    @admin.display(description=_("address"))
    def address(self, row: Endpoint) -> str:
        return Truncator(row.url).chars(40)

    @admin.display(description=_("state"))
    def state(self, row: Endpoint) -> str:
        if row.deleted_at:
            return str(_("Deleted"))
        return str(_("On") if row.is_enabled else _("Off"))

    @admin.display(description=_("failed"))
    def failed(self, row: Any) -> int:
        return row.failed or 0

    @admin.display(description=_("key of the secret"))
    def key(self, row: Endpoint) -> str:
        if row.key_mark == mark_of(settings.WEBHOOKS_SECRET):
            return str(_("Present"))
        if row.key_mark in map(mark_of, settings.WEBHOOKS_SECRET_FALLBACKS):
            return str(_("Former"))
        return str(_("Removed") if row.key_mark else _("Unknown"))


class AttemptInline(ReadOnlyInline):
    model = Attempt
    verbose_name_plural = _("tries")
    fields = readonly_fields = ("created_at", "url", "status", "milliseconds", "error")
    ordering = ["-id"]


@admin.register(Delivery)
class DeliveryAdmin(TenantModelAdmin):
    list_display = [
        "created_at",
        "event",
        "workspace",
        "endpoint",
        "state",
        "tries",
        "status",
        "milliseconds",
    ]
    list_filter = ["state"]
    list_select_related = ["endpoint", "message"]
    search_fields = ["=message__event"]
    search_help_text = _("Search by the event's whole name.")
    ordering = ["-id"]
    fields = ["event", "message_id", "workspace", "endpoint", "state", "tries", "due_at", "created_at"]
    inlines = [AttemptInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        tries = Attempt.objects.filter(tenant_id=OuterRef("tenant_id"), delivery=OuterRef("pk"))
        last = tries.order_by("-id")
        return (
            super()
            .get_queryset(request)
            .annotate(
                last_status=Subquery(last.values("status")[:1]),
                last_milliseconds=Subquery(last.values("milliseconds")[:1]),
            )
        )

    @admin.display(description=_("event"))
    def event(self, row: Delivery) -> str:
        return row.message.event

    @admin.display(description=_("last status"))
    def status(self, row: Any) -> int | None:
        return row.last_status

    @admin.display(description=_("milliseconds"))
    def milliseconds(self, row: Any) -> int | None:
        return row.last_milliseconds
