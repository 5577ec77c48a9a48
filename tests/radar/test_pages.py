"""Cursor pages: forwards and backwards, every row comes once, under every order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import Invalid
from apps.core.pages import page_of
from apps.radar import selectors
from apps.radar.filters import SignalFilter
from apps.radar.models import Signal
from tests.factories import radar

pytestmark = pytest.mark.usefixtures("in_tenant")

ORDERS = sorted(SignalFilter.ORDERS)
START = datetime(2026, 11, 1, tzinfo=UTC)
# Few values, so that there are many ties; moments apart by microseconds.
rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from(["", "a", "B", "é", "a b", "%"])),
    max_size=12,
)


@pytest.mark.parametrize("sort", ORDERS)
@given(rows=rows, size=st.integers(1, 5))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_comes_once_both_ways(sort: str, rows: list[Any], size: int) -> None:
    with transaction.atomic():
        competitor = radar.competitor()
        Signal.objects.bulk_create(
            Signal(
                competitor=competitor,
                title=title,
                kind="press",
                importance=importance,
                seen_at=START + timedelta(microseconds=moment),
            )
            for moment, importance, title in rows
        )
        found = SignalFilter({"sort": sort}, queryset=selectors.signals()).qs
        expected = list(found)

        forwards, pages, cursor = [], [], ""
        while True:
            page = page_of(found, cursor=cursor, size=size)
            forwards += page.rows
            pages.append(page)
            if not page.next:
                break
            cursor = page.next
        assert forwards == expected

        for earlier, page in zip(reversed(pages[:-1]), reversed(pages[1:]), strict=True):
            assert page_of(found, cursor=page.previous, size=size).rows == earlier.rows
        assert not pages[0].previous
        transaction.set_rollback(True)


def test_rows_added_meanwhile_shift_nothing() -> None:
    competitor = radar.competitor()
    signals = [radar.signal(competitor_id=competitor.id) for _number in range(4)]
    first = page_of(selectors.signals(), size=2)
    radar.signal(competitor_id=competitor.id)

    second = page_of(selectors.signals(), cursor=first.next, size=2)
    assert [*first.rows, *second.rows] == signals[::-1]


def test_a_cursor_of_another_order_is_refused() -> None:
    for _number in range(2):
        radar.signal()
    cursor = page_of(selectors.signals(), size=1).next
    with pytest.raises(Invalid):
        page_of(selectors.signals().order_by("title", "id"), cursor=cursor)
