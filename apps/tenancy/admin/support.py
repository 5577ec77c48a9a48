"""Support sessions in the back office: of all workspaces, to be read, and to be ended."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core import clock
from apps.core.backoffice import TenantModelAdmin
from apps.tenancy.models import SupportSession
from apps.tenancy.services.support import is_support, support_end


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open now"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(ended_at=None, until__gt=clock.now()) if self.value() else queryset


@admin.register(SupportSession)
class SupportSessionAdmin(TenantModelAdmin):
    """Only support may end them: whoever began one, or a colleague."""

    list_display = ["began_at", "who", "workspace", "reason", "ticket", "last", "state"]
    list_filter = [OpenFilter]
    list_select_related = ["staff", "user"]
    search_fields = ["staff__email", "user__email", "=ticket"]
    search_help_text = _("Search by an e-mail address, or by the whole ticket.")
    ordering = ["-id"]
    fields = [
        "by",
        "person",
        "workspace",
        "reason",
        "ticket",
        "may_write",
        "began_at",
        "until",
        "ended_at",
        "state",
        "by_whom",
    ]
    actions = ["end"]  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportSession]:
        ended_by = get_user_model().objects.filter(id=OuterRef("ended_by_id"))
        return super().get_queryset(request).annotate(ended_by=Subquery(ended_by.values("email")))

    @admin.display(description=_("who"), ordering="staff__email")
    def who(self, row: SupportSession) -> str:
        names = {"staff": row.staff.display_name, "person": row.user.display_name}
        return _("%(staff)s as %(person)s") % names

    @admin.display(description=_("support"))
    def by(self, row: SupportSession) -> str:
        return str(row.staff.email)

    @admin.display(description=_("as"))
    def person(self, row: SupportSession) -> str:
        return str(row.user.email)

    @admin.display(description=_("until"), ordering="until")
    def last(self, row: SupportSession) -> datetime:
        return row.ended_at or row.until

    @admin.display(description=_("state"))
    def state(self, row: SupportSession) -> str:
        """Say that it is open, or what ended it."""
        return str(_("open") if row.ended_at is None else row.get_ending_display())

    @admin.display(description=_("ended by"))
    def by_whom(self, row: Any) -> str:
        return row.ended_by or "—"

    def has_end_permission(self, request: HttpRequest) -> bool:
        return is_support(request.user)

    @admin.action(description=_("End the chosen ones"), permissions=["end"])
    def end(self, request: HttpRequest, rows: QuerySet[SupportSession]) -> None:
        found = list(rows.filter(ended_at=None))
        for row in found:
            support_end(session_id=row.id, tenant_id=row.tenant_id)
        text = ngettext("%(count)d has ended.", "%(count)d have ended.", len(found))
        self.message_user(request, text % {"count": len(found)})
