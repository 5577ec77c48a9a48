import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from apps.entitlements import catalogue
from apps.entitlements.interface import Meter, Plan, declare_feature, declare_limit
from tests.bookshop.models import Shelf

SMALL = Plan(code="small", name="Small", tagline="For few", limits={"books.shelves": 2})
LARGE = Plan(
    code="large",
    name="Large",
    tagline="For many",
    features=frozenset({"books.lending"}),
    limits={"books.shelves": 10},
)


def count_shelves(tenant_id: UUID) -> int:
    return Shelf.objects.filter(tenant_id=tenant_id).count()


@pytest.fixture
def sold(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., None]:
    """Sell other plans than the product's. The first one is the default."""

    def sell(*listed: Plan, meters: tuple[Meter, ...] = ()) -> None:
        module: Any = ModuleType("plans_of_a_test")
        module.PLANS, module.METERS = list(listed), list(meters)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        settings.PLANS = module.__name__
        settings.DEFAULT_PLAN = listed[0].code

    return sell


@pytest.fixture
def bookshop(sold: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sell the bookshop: a small plan for everybody, and a large one with lending."""
    monkeypatch.setattr(catalogue, "_features", {})
    monkeypatch.setattr(catalogue, "_limits", {})
    declare_feature("books.lending", "Lending")
    declare_limit("books.shelves", "Shelves", count=count_shelves)
    declare_limit("books.days", "Days of history")
    sold(SMALL, LARGE)
