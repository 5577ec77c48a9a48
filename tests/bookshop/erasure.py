"""Forgetting a tenant."""

from uuid import UUID

from apps.core.erasure import delete_rows
from tests.bookshop.models import Book, Shelf


def erase(*, tenant_id: UUID) -> dict[str, int]:
    return delete_rows(Book, Shelf, tenant_id=tenant_id)
