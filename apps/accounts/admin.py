"""People and API keys in the back office."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, User
from apps.accounts.services.sessions import person_shut_out
from apps.core.backoffice import BackofficeModelAdmin, ReadOnlyInline, TenantModelAdmin


class EmailAddressInline(ReadOnlyInline):
    model = EmailAddress
    verbose_name_plural = _("e-mail addresses")
    fields = ["email", "verified", "primary"]


@admin.register(User)
class UserAdmin(BackofficeModelAdmin):
    """Staff find a person and let them in or keep them out. Passwords are never shown or set here."""

    list_display = ["email", "name", "is_active", "is_staff", "created_at", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["-id"]
    fields = [
        "email",
        "name",
        "is_active",
        "is_staff",
        "is_support",
        "workspaces",
        "language",
        "time_zone",
        "created_at",
        "last_login",
    ]
    editable = ("is_active",)
    inlines = [EmailAddressInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody locks themselves out."""
        return super().has_change_permission(request, obj) and obj != request.user

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            person_shut_out(user=obj)

    @admin.display(description=_("workspaces"))
    def workspaces(self, person: User) -> str:
        address = reverse("admin:tenancy_tenant_changelist", query={"q": person.email})
        return format_html('<a href="{}">{}</a>', address, _("Workspaces of this person"))


@admin.register(ApiKey)
class ApiKeyAdmin(TenantModelAdmin):
    list_display = ["name", "prefix", "workspace", "role", "is_usable", "expires_at", "last_used_at"]
    search_fields = ["prefix"]
    search_help_text = _("Search by the key's prefix.")
    ordering = ["-id"]
    fields = [
        "name",
        "prefix",
        "workspace",
        "role",
        "created_by_id",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]

    @admin.display(description=_("usable"), boolean=True)
    def is_usable(self, key: ApiKey) -> bool:
        return key.is_usable
