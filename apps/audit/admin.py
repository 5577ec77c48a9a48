"""The audit log in the back office: of all workspaces, to be read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import actions
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
