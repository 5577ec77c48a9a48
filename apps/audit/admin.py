"""The audit log in the back office: of all workspaces, to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from apps.audit.interface import Filters, audit
from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import actions, modules, scope
from apps.core.backoffice import TenantModelAdmin


class ActionFilter(admin.SimpleListFilter):
    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(action.name, str(action.label)) for action in actions.declared()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantModelAdmin):
    list_display = ["occurred_at", "sentence", "workspace", "actor_kind"]
    list_filter = [ActionFilter]
    list_select_related = ["detail"]
    search_fields = ["=request_id"]
    search_help_text = _("Search by request id.")
    ordering = ["-id"]
    fields = [
        "occurred_at",
        "sentence",
        "workspace",
        "action",
        "actor_kind",
        "actor_id",
        "on_behalf_of_id",
        "target_type",
        "target_id",
        "before",
        "after",
        "address",
        "request_id",
        "session_id",
    ]

    # Kept by another process, the log is read through its interface: of one workspace, without the table's lists.

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not modules.is_remote("audit"):
            return super().changelist_view(request, extra_context)
        if scope.current().tenant_id is None:
            return self.admin_site.ask_for_tenant(request)
        page = audit().list_all_entries(filters=Filters(), cursor=request.GET.get("cursor", ""))
        self.admin_site.record_list(model=self.model, search="")
        context = {"title": self.opts.verbose_name_plural, "opts": self.opts, "page": page}
        return render(request, "admin/audit/elsewhere.html", self.admin_site.each_context(request) | context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if modules.is_remote("audit"):
            return self.changelist_view(request)
        return super().changeform_view(request, *args, **kwargs)

    @admin.display(description=_("what happened"))
    def sentence(self, row: AuditEntry) -> str:
        return to_entry(row).sentence

    @admin.display(description=_("before"))
    def before(self, row: AuditEntry) -> str:
        return _listed(to_entry(row).before)

    @admin.display(description=_("after"))
    def after(self, row: AuditEntry) -> str:
        return _listed(to_entry(row).after)

    @admin.display(description=_("address"))
    def address(self, row: AuditEntry) -> str:
        return to_entry(row).address or "—"


def _listed(values: Any) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items()) or "—"
