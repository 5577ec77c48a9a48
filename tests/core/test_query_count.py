"""The fixture that counts statements, for everybody's tests."""

from typing import Any

from tests.bookshop.models import Shelf


def test_statements_of_the_block_are_counted(tenant: Any, as_tenant: Any, query_count: Any) -> None:
    with as_tenant(tenant), query_count() as queries:
        list(Shelf.objects.filter(tenant_id=tenant.id))
        list(Shelf.objects.filter(tenant_id=tenant.id))

    assert queries.total == 2
    assert "bookshop_shelf" in queries.statements[0]
