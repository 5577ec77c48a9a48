"""Workspaces in the back office, and the ways from there to their data."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import BackofficeModelAdmin, ReadOnlyInline, tenant_pages
from apps.core.errors import Invalid
from apps.core.permissions import ROLES, UNKNOWN
from apps.core.step_up import step_up
from apps.entitlements.interface import entitlements, features, limits
from apps.tenancy.forms import SupportForm
from apps.tenancy.interface import MemberNotFound, WorkspaceNotFound
from apps.tenancy.models import Invitation, Membership, Role, Tenant
from apps.tenancy.services.lifecycle import workspace_resume, workspace_suspend
from apps.tenancy.services.support import support_begin
from apps.tenancy.support_middleware import remember


def tenant_links(tenant_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return a link to each workspace's page, by its id."""
    found: QuerySet[Tenant] = Tenant.objects.filter(id__in=tenant_ids)
    return {tenant.id: _link(tenant) for tenant in found}


def _link(tenant: Tenant) -> str:
    address = reverse("admin:tenancy_tenant_change", args=[tenant.id])
    return format_html('<a href="{}">{}</a>', address, tenant.name)


admin.site.tenant_links = tenant_links  # type: ignore[attr-defined]


class _WithRole(ReadOnlyInline):
    """Rows that name a role by its key. It is shown by its name."""

    def get_queryset(self, request: Any) -> Any:
        own_role = Role.objects.filter(tenant_id=OuterRef("tenant_id"), key=OuterRef("role"))
        return super().get_queryset(request).annotate(own_role=Subquery(own_role.values("name")))

    @admin.display(description=_("role"))
    def role_name(self, row: Any) -> str:
        return str(ROLES.get(row.role) or row.own_role or UNKNOWN)


class MembershipInline(_WithRole):
    model = Membership
    fields = readonly_fields = ("person", "role_name", "created_at", "suspended_at", "support")
    ordering = ["created_at"]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("user")

    @admin.display(description=_("person"))
    def person(self, membership: Membership) -> str:
        address = reverse("admin:accounts_user_change", args=[membership.user_id])
        return format_html('<a href="{}">{}</a>', address, membership.user.email)

    @admin.display(description=_("support"))
    def support(self, membership: Membership) -> str:
        """Lead to where the workspace is opened as this person."""
        address = reverse("admin:tenancy_tenant_support", args=[membership.tenant_id, membership.id])
        return format_html('<a href="{}">{}</a>', address, _("Work as this person…"))


class InvitationInline(_WithRole):
    model = Invitation
    verbose_name_plural = _("invitations")
    fields = readonly_fields = ("email", "role_name", "created_at", "expires_at", "accepted_at", "revoked_at")
    ordering = ["-created_at"]


@admin.register(Tenant)
class TenantAdmin(BackofficeModelAdmin):
    list_display = ["name", "slug", "cell", "created_at", "suspended_at", "erase_due_at"]
    list_filter = [
        "cell__kind",
        ("suspended_at", EmptyFieldListFilter),
        ("erase_due_at", EmptyFieldListFilter),
    ]
    list_select_related = ["cell"]
    search_fields = ["name", "slug", "memberships__user__email"]
    search_help_text = _("Search by name, address, or a member's e-mail address.")
    ordering = ["-id"]
    fields = [
        "name",
        "slug",
        "cell",
        "created_at",
        "suspension",
        "erase_due_at",
        "support_access",
        "support_until",
        "plan",
        "data",
    ]
    inlines = [MembershipInline, InvitationInline]

    def tenant_of(self, row: Tenant) -> UUID:
        return row.id

    @admin.display(description=_("data"))
    def data(self, tenant: Tenant) -> str:
        """Lead to everything that the workspace holds."""
        pages = [(address, label) for label, address in tenant_pages(self.admin_site, tenant.id)]
        return format_html_join(" · ", '<a href="{}">{}</a>', pages)

    @admin.display(description=_("suspension"))
    def suspension(self, tenant: Tenant) -> str:
        """Say whether it is suspended and why, and lead to where that is changed."""
        address = reverse("admin:tenancy_tenant_suspend", args=[tenant.id])
        if tenant.suspended_at:
            return format_html('{} <a href="{}">{}</a>', tenant.suspension_reason, address, _("Lift it…"))
        return format_html('<a href="{}">{}</a>', address, _("Suspend…"))

    @admin.display(description=_("plan"))
    def plan(self, tenant: Tenant) -> str:
        """Say what the workspace may use and what decided it, and lead to where staff decide otherwise."""
        names = (*(each.name for each in features()), *(each.name for each in limits()))
        explained = entitlements().explain(tenant_id=tenant.id, names=names)
        lines = [" ".join(sentences[:2]) for sentences in explained]
        lines += [" ".join(sentences[2:]) for sentences in explained[:1]]
        address = reverse("admin:entitlements_override_add", query={"tenant_id": tenant.id})
        said = format_html_join("", "{}<br>", [(line,) for line in lines])
        return format_html('{}<a href="{}">{}</a>', said, address, _("Grant an override…"))

    def get_urls(self) -> list[Any]:
        suspend = self.admin_site.admin_view(step_up(self.suspend))
        support = self.admin_site.admin_view(step_up(self.support))
        return [
            path("<uuid:tenant_id>/suspend/", suspend, name="tenancy_tenant_suspend"),
            path("<uuid:tenant_id>/support/<uuid:membership_id>/", support, name="tenancy_tenant_support"),
            *super().get_urls(),
        ]

    def suspend(self, request: HttpRequest, tenant_id: UUID) -> HttpResponse:
        """Suspend a workspace, or lift its suspension."""
        tenant = Tenant.objects.filter(id=tenant_id).first()
        if tenant is None:
            raise WorkspaceNotFound
        errors: list[str] = []
        if request.method == "POST":
            try:
                self._turn(tenant, request.POST.get("reason"))
            except Invalid as error:
                errors = error.fields["reason"]
            else:
                return redirect("admin:tenancy_tenant_change", tenant.id)
        title = _("Lift the suspension of %(name)s") if tenant.suspended_at else _("Suspend %(name)s")
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"name": tenant.name},
            "tenant": tenant,
            "errors": errors,
            "reason": request.POST.get("reason", ""),
        }
        return render(request, "admin/tenancy/suspend.html", context, status=422 if errors else 200)

    def support(self, request: HttpRequest, tenant_id: UUID, membership_id: UUID) -> HttpResponse:
        """Open a workspace as one of its members."""
        found = Membership.objects.select_related("user", "tenant").filter(tenant_id=tenant_id)
        membership = found.filter(id=membership_id).first()
        if membership is None:
            raise MemberNotFound
        form = SupportForm(request.POST or None)
        if form.is_valid():
            try:
                row = support_begin(tenant_id=tenant_id, membership_id=membership_id, **form.cleaned_data)
            except Invalid as error:
                form.refuse(error.fields, error.message)
            else:
                remember(request.session, row)
                return redirect("workspace", membership.tenant.slug)
        names = {"workspace": membership.tenant.name, "person": membership.user.display_name}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Work in %(workspace)s as %(person)s") % names,
            "tenant": membership.tenant,
            "form": form,
        }
        return render(request, "admin/tenancy/support.html", context, status=422 if form.errors else 200)

    def _turn(self, tenant: Tenant, reason: str | None) -> None:
        # By the form that was sent, not by what holds now: pressing twice must not undo it.
        if reason is None:
            workspace_resume(tenant_id=tenant.id)
        else:
            workspace_suspend(tenant_id=tenant.id, reason=reason)
