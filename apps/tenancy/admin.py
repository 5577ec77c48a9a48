"""Workspaces in the back office, and the ways from there to their data."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import BackofficeModelAdmin, ReadOnlyInline, tenant_pages
from apps.tenancy.models import Invitation, Membership, Tenant


def tenant_links(tenant_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return a link to each workspace's page, by its id."""
    found: QuerySet[Tenant] = Tenant.objects.filter(id__in=tenant_ids)
    return {tenant.id: _link(tenant) for tenant in found}


def _link(tenant: Tenant) -> str:
    address = reverse("admin:tenancy_tenant_change", args=[tenant.id])
    return format_html('<a href="{}">{}</a>', address, tenant.name)


admin.site.tenant_links = tenant_links  # type: ignore[attr-defined]


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("person", "role", "created_at")
    ordering = ["created_at"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("user")

    @admin.display(description=_("person"))
    def person(self, membership: Membership) -> str:
        address = reverse("admin:accounts_user_change", args=[membership.user_id])
        return format_html('<a href="{}">{}</a>', address, membership.user.email)


class InvitationInline(ReadOnlyInline):
    model = Invitation
    verbose_name_plural = _("invitations")
    fields = readonly_fields = ("email", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    ordering = ["-created_at"]


@admin.register(Tenant)
class TenantAdmin(BackofficeModelAdmin):
    list_display = ["name", "slug", "cell", "created_at"]
    list_filter = ["cell__kind"]
    list_select_related = ["cell"]
    search_fields = ["name", "slug", "memberships__user__email"]
    search_help_text = _("Search by name, address, or a member's e-mail address.")
    ordering = ["-id"]
    fields = ["name", "slug", "cell", "created_at", "data"]
    inlines = [MembershipInline, InvitationInline]

    def tenant_of(self, row: Tenant) -> UUID:
        return row.id

    @admin.display(description=_("data"))
    def data(self, tenant: Tenant) -> str:
        """Lead to everything that the workspace holds."""
        pages = [(address, label) for label, address in tenant_pages(self.admin_site, tenant.id)]
        return format_html_join(" · ", '<a href="{}">{}</a>', pages)
