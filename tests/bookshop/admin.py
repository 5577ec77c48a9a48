"""The bookshop in the back office."""

from django.contrib import admin

from apps.core.backoffice import TenantModelAdmin
from tests.bookshop.models import Book, Shelf


@admin.register(Shelf)
class ShelfAdmin(TenantModelAdmin):
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name", "id")


@admin.register(Book)
class BookAdmin(TenantModelAdmin):
    list_display = ("title", "shelf")
    list_select_related = ("shelf",)
    ordering = ("title", "id")
