"""Every value that may cross an interface comes back from JSON as it was."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_type_hints
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.codec import decode, encode, reader
from apps.core.modules import interface_of
from apps.core.scope import Scope
from apps.events.interface import Event

some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Shade(Enum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    text: str
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Has a field of every kind."""

    at: datetime
    day: date | None = None
    wait: timedelta = timedelta(0)
    price: Decimal = Decimal(0)
    ratio: float = 0
    content: bytes = b""
    shade: Shade = Shade.LIGHT
    role: Literal["app", "platform"] = "app"
    ids: tuple[UUID, ...] = ()
    pair: tuple[int, str] = (0, "")
    values: Mapping[str, str | int | bool | None] | None = None
    words: tuple[Word, ...] | None = None


#: A time comes back with its offset; the zone that it had is not told.
OFFSETS = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
st.register_type_strategy(datetime, st.datetimes(timezones=OFFSETS))
st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False))
st.register_type_strategy(Mapping, lambda hint: st.dictionaries(*map(st.from_type, hint.__args__)))


def events(base: type[Event] = Event) -> list[type[Event]]:
    kinds = [
        kind
        for kind in base.__subclasses__()
        if vars(sys.modules[kind.__module__]).get(kind.__name__) is kind
    ]
    return [leaf for kind in kinds for leaf in events(kind) or [kind]]


def crossing() -> list[Any]:
    """Every type that an interface's method takes or returns, every event, and the scope."""
    methods = [
        getattr(interface_of(name), method)
        for name in django_settings.MODULES
        if name != "events"  # takes any event; those are listed one by one
        for method in interface_of(name).__abstractmethods__
    ]
    hints = {hint for method in methods for hint in get_type_hints(method).values()}
    return [*sorted(hints, key=str), *events(), Scope]


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(encode(value)))


@pytest.mark.parametrize("hint", crossing(), ids=str)
@some
@given(data=st.data())
def test_what_crosses_an_interface_comes_back(hint: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(hint or type(None)))
    assert decode(hint, through_json(value)) == value


@some
@given(page=st.from_type(Page))
def test_every_kind_of_value_comes_back(page: Page) -> None:
    assert decode(Page, through_json(page)) == page


@some
@given(value=st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.none())
def test_a_union_keeps_its_members_apart(value: Any) -> None:
    found = decode(bool | int | float | str | None, through_json(value))
    assert (found, type(found)) == (value, type(value))


def test_translated_text_is_written_in_the_language_of_now() -> None:
    assert encode({"title": gettext_lazy("Owner")}) == {"title": "Owner"}


def test_a_field_that_is_gone_is_left_out_and_a_new_one_has_its_default() -> None:
    assert decode(Page, {"at": "2026-02-28T00:00:00+00:00", "removed": 1}).ids == ()
    with pytest.raises(TypeError):
        decode(Page, {})


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        (UUID, "no id"),
        (UUID, None),
        (int, True),
        (int, 1.5),
        (str, 1),
        (bool, 1),
        (date, "yesterday"),
        (Decimal, "much"),
        (Shade, "grey"),
        (Literal["app"], "owner"),
        (tuple[int, str], [1]),
        (tuple[int, ...], {"0": 1}),
        (Mapping[str, int], {"a": "b"}),
        (UUID | None, 7),
        (Page, []),
    ],
)
def test_data_of_another_type_is_refused(hint: Any, data: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that is what it promises
        decode(hint, data)


@pytest.mark.parametrize(
    "hint", [object, Any, str | UUID, date | datetime, Mapping[int, str], dict[str, str]]
)
def test_a_type_that_could_not_be_read_back_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError):
        reader(hint)


def test_a_value_that_can_not_cross_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(object())


def test_a_sequence_is_read_as_a_tuple() -> None:
    assert decode(Mapping[str, Sequence[str]], {"name": ["Enter a name."]}) == {"name": ("Enter a name.",)}
