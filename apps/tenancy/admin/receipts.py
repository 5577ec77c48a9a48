"""Receipts of erased workspaces in the back office."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import BackofficeModelAdmin
from apps.tenancy.models import ErasureReceipt
from apps.tenancy.services.erasing import receipt_document


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(BackofficeModelAdmin):
    list_display = ["workspace_id", "requested_at", "started_at", "erased_at"]
    list_filter = [("erased_at", EmptyFieldListFilter)]
    search_fields = ["workspace_id", "id"]
    ordering = ["-id"]
    fields = [
        "workspace_id",
        "requested_by_id",
        "requested_at",
        "started_at",
        "erased_at",
        "counts",
        "digest",
        "document",
    ]

    @admin.display(description=_("document"))
    def document(self, receipt: ErasureReceipt) -> str:
        """Lead to the receipt as a file."""
        address = reverse("admin:tenancy_erasurereceipt_document", args=[receipt.id])
        return format_html('<a href="{}" download>{}</a>', address, _("Download"))

    def get_urls(self) -> list[Any]:
        download = self.admin_site.admin_view(self.download)
        name = "tenancy_erasurereceipt_document"
        return [path("<uuid:receipt_id>/document/", download, name=name), *super().get_urls()]

    def download(self, request: HttpRequest, receipt_id: UUID) -> HttpResponse:
        """Hand out the receipt as JSON."""
        receipt = get_object_or_404(ErasureReceipt, id=receipt_id)
        self.admin_site.record_view(row=receipt, tenant_id=None)
        document = receipt_document(receipt) | {"sha256": receipt.digest}
        disposition = f'attachment; filename="receipt-{receipt.id}.json"'
        return JsonResponse(document, headers={"Content-Disposition": disposition})
