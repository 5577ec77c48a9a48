"""Shelves, and the books on them."""

from django.db import models

from apps.core.db.models import TenantForeignKey, TenantModel


class Shelf(TenantModel):
    name = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        verbose_name_plural = "shelves"

    def __str__(self) -> str:
        return self.name


class Book(TenantModel):
    shelf = TenantForeignKey(Shelf, models.CASCADE, related_name="books")
    title = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant_id", "shelf"], name="bookshop_book_of_shelf")]

    def __str__(self) -> str:
        return self.title
