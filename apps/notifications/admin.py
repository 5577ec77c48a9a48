"""Suppressed addresses in the back office: staff see them, and release those that work again."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import BackofficeModelAdmin
from apps.notifications.models import Suppression


@admin.register(Suppression)
class SuppressionAdmin(BackofficeModelAdmin):
    list_display = ["address", "reason", "since"]
    list_filter = ["reason"]
    search_fields = ["=address"]
    ordering = ["-since"]
    fields = ["address", "reason", "since"]
    actions: Any = ["release"]

    @admin.action(description=_("Write to these addresses again"))
    def release(self, request: HttpRequest, queryset: Any) -> None:
        released = list(queryset)
        with transaction.atomic():
            for row in released:
                self.admin_site.record_change(
                    row=row, tenant_id=None, before={"reason": row.reason}, after={"reason": ""}
                )
            queryset.delete()
        messages.success(request, _("Released: %(count)d.") % {"count": len(released)})
