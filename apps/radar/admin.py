"""The radar in the back office: shown, not changed."""

from django.contrib import admin

from apps.core.backoffice import TenantModelAdmin
from apps.radar.models import Attribute, Competitor, Signal


@admin.register(Competitor)
class CompetitorAdmin(TenantModelAdmin):
    list_display = ("name", "website", "created_at", "deleted_at")
    search_fields = ("name",)
    ordering = ("name", "id")


@admin.register(Signal)
class SignalAdmin(TenantModelAdmin):
    list_display = ("title", "competitor", "kind", "importance", "seen_at", "deleted_at")
    list_filter = ("kind", "importance")
    list_select_related = ("competitor",)
    search_fields = ("title",)
    ordering = ("-seen_at", "-id")


@admin.register(Attribute)
class AttributeAdmin(TenantModelAdmin):
    list_display = ("name", "slug", "kind", "position", "deleted_at")
    list_filter = ("kind",)
    search_fields = ("name", "slug")
    ordering = ("position", "id")
