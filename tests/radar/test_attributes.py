"""What a workspace notes of its signals besides: each kind, finding and ordering by it, and changing the kind."""

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.core.db import search as searching
from apps.core.errors import Conflict, Invalid, PermissionDenied
from apps.core.pages import page_of
from apps.core.permissions import permissions_of
from apps.radar import selectors
from apps.radar.attributes import Unfit, value_of
from apps.radar.filters import SignalFilter
from apps.radar.interface import AttributeExists, AttributeNotFound
from apps.radar.models import Attribute, AttributeValue
from apps.radar.selectors import attributes as reading
from apps.radar.services.attributes import (
    MOST,
    attribute_add,
    attribute_delete,
    attribute_move,
    attribute_rename,
    attribute_restore,
)
from apps.radar.services.conversion import ValuesDoNotFit, attribute_convert, conversion_preview
from apps.radar.services.signals import signal_add, signal_change
from apps.tenancy.models import Tenant
from tests import databases
from tests.factories import radar, tenancy

pytestmark = pytest.mark.usefixtures("in_tenant")

KINDS = ["text", "number", "date", "choice", "yes_no"]


def titles(**query: str) -> list[str]:
    narrowed = SignalFilter(query, queryset=selectors.signals())
    assert narrowed.is_valid(), narrowed.errors
    return [row.title for row in narrowed.qs]


def newest_sentence() -> str:
    return audit().list_entries(filters=Filters()).entries[0].sentence


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "given", "kept"),
        [
            ("text", "  Ana   B ", "Ana B"),
            ("text", 12, "12"),
            ("text", "x" * 200, "x" * 200),
            ("number", "12.50", 12.5),
            ("number", 7, 7.0),
            ("number", " -0 ", 0.0),
            ("number", "1000000000000000", 1e15),
            ("date", "2026-11-02", date(2026, 11, 2)),
            ("choice", "emea", "EMEA"),
            ("yes_no", "Yes", True),
            ("yes_no", False, False),
        ],
    )
    def test_what_fits(self, kind: str, given: Any, kept: Any) -> None:
        assert value_of(radar.attribute(kind), given) == kept

    @pytest.mark.parametrize(
        ("kind", "given"),
        [
            ("text", " "),
            ("text", "a\0b"),
            ("text", "x" * 201),
            ("text", ["a"]),
            ("text", {"a": 1}),
            ("number", "NaN"),
            ("number", "inf"),
            ("number", float("nan")),
            ("number", float("inf")),
            ("number", "1e400"),
            ("number", "²"),
            ("number", "1 or 1=1"),
            pytest.param("number", 10**400, id="number-huge"),
            ("number", "9" * 20),
            pytest.param("text", "half \ud800", id="text-half"),
            pytest.param("text", 10**5000, id="text-huge"),
            pytest.param("choice", 10**5000, id="choice-huge"),
            pytest.param("yes_no", 10**5000, id="yes-no-huge"),
            ("number", True),
            ("number", "1,5"),
            ("date", "2026-02-30"),
            ("date", "soon"),
            ("date", 20261102),
            ("date", ""),
            ("choice", "Mars"),
            ("choice", None),
            ("choice", ["EMEA"]),
            ("yes_no", "maybe"),
            ("yes_no", 2),
            ("yes_no", []),
        ],
    )
    def test_what_does_not(self, kind: str, given: Any) -> None:
        with pytest.raises(Unfit):
            value_of(radar.attribute(kind), given)

    def test_a_signal_keeps_them_twice(self) -> None:
        owner, size = radar.attribute("text", name="Owner"), radar.attribute("number", name="Deal size")
        signal = radar.signal(attributes={"owner": "Ana", "deal-size": "12.5"})
        assert selectors.signal(signal.id).attributes == {str(owner.id): "Ana", str(size.id): 12.5}
        rows = AttributeValue.objects.filter(signal_id=signal.id).values_list("text", "number")
        assert set(rows) == {("ana", None), (None, 12.5)}

        signal_change(signal_id=signal.id, attributes={"owner": None, "deal-size": 3})
        assert selectors.signal(signal.id).attributes == {str(size.id): 3}
        assert list(AttributeValue.objects.values_list("number", flat=True)) == [3.0]
        entry = audit().list_entries(filters=Filters()).entries[0]
        assert entry.before == {"attr.owner": "Ana", "attr.deal-size": "12.5"}
        assert entry.after == {"attr.owner": None, "attr.deal-size": 3}

    def test_saving_the_same_again_records_nothing(self) -> None:
        radar.attribute("yes_no", name="Confirmed")
        signal = radar.signal(attributes={"confirmed": "yes"})
        before = newest_sentence()
        signal_change(signal_id=signal.id, attributes={"confirmed": True})
        assert newest_sentence() == before

    def test_a_fault_names_its_attribute_and_nothing_is_written(self) -> None:
        radar.attribute("number", name="Size")
        with pytest.raises(Invalid) as caught:
            radar.signal(attributes={"size": "big", "colour": "red"})
        assert caught.value.fields.keys() == {"attr.size", "attr.colour"}
        assert not selectors.signals()


class TestDefinitions:
    def test_names_slugs_and_order(self) -> None:
        first = attribute_add(name="  Deal   size ", kind="number")
        second = attribute_add(name="Größe", kind="text")
        third = attribute_add(name="§", kind="text")
        assert [each.slug for each in reading.attributes()] == ["deal-size", "groe", "attribute"]
        assert newest_sentence().endswith("added the attribute §.")

        attribute_move(attribute_id=third.id, by=-1)
        attribute_move(attribute_id=first.id, by=-1)
        assert list(reading.attributes()) == [first, third, second]
        attribute_rename(attribute_id=first.id, name="Volume")
        assert reading.attribute(first.id).slug == "deal-size"
        with pytest.raises(AttributeExists):
            attribute_rename(attribute_id=second.id, name="VOLUME")

    @pytest.mark.parametrize(
        ("fault", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "x" * 61}, "name"),
            ({"kind": "json"}, "kind"),
            ({"kind": "choice", "choices": [" "]}, "choices"),
            ({"kind": "choice", "choices": ["x" * 61]}, "choices"),
            ({"kind": "choice", "choices": [str(number) for number in range(51)]}, "choices"),
        ],
    )
    def test_a_fault_names_its_field(self, fault: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as caught:
            attribute_add(**{"name": "A", "kind": "text"} | fault)
        assert list(caught.value.fields) == [field]

    def test_there_is_a_limit(self) -> None:
        for _number in range(MOST):
            radar.attribute()
        with pytest.raises(Conflict):
            radar.attribute()

    def test_deleting_is_undone_with_its_values(self) -> None:
        owner = radar.attribute(name="Owner")
        radar.signal(title="A", attributes={"owner": "Ana"})
        attribute_delete(attribute_id=owner.id)
        assert titles(**{"attr.owner": "nobody"}) == ["A"]
        with pytest.raises(AttributeNotFound):
            reading.attribute(owner.id)

        attribute_restore(attribute_id=owner.id)
        assert titles(**{"attr.owner": "ana"}) == ["A"]
        assert newest_sentence().endswith("brought the attribute Owner back.")

    def test_members_may_not(self) -> None:
        owner = radar.attribute()
        with scope.use(permissions=permissions_of("member")):
            for attempt in (
                lambda: attribute_add(name="A", kind="text"),
                lambda: attribute_rename(attribute_id=owner.id, name="A"),
                lambda: attribute_move(attribute_id=owner.id, by=1),
                lambda: attribute_delete(attribute_id=owner.id),
                lambda: attribute_restore(attribute_id=owner.id),
                lambda: attribute_convert(attribute_id=owner.id, kind="number"),
                lambda: conversion_preview(attribute_id=owner.id, kind="number"),
            ):
                with pytest.raises(PermissionDenied):
                    attempt()

    def test_those_of_others_are_not_there(self, other_tenant: Tenant) -> None:
        with tenancy.scope_of(other_tenant):
            foreign = radar.attribute(name="Theirs")
        assert not reading.attributes()
        with pytest.raises(AttributeNotFound):
            attribute_delete(attribute_id=foreign.id)
        with pytest.raises(Invalid):
            radar.signal(attributes={"theirs": "x"})


class TestConversion:
    def test_what_does_not_fit_is_listed_first(self) -> None:
        size = radar.attribute("text", name="Size")
        competitor = radar.competitor().id
        for value in ("12", "1.5", "big", "huge"):
            radar.signal(competitor_id=competitor, title=value, attributes={"size": value})

        preview = conversion_preview(attribute_id=size.id, kind="number")
        assert (preview.fit, preview.unfit) == (2, 2)
        assert {(each.signal.title, each.value) for each in preview.unfitting} == {
            ("big", "big"),
            ("huge", "huge"),
        }
        assert preview.unfitting[0].reason == "Give a number, such as 12.5."
        with pytest.raises(ValuesDoNotFit):
            attribute_convert(attribute_id=size.id, kind="number")
        assert reading.attribute(size.id).kind == "text"

        attribute_convert(attribute_id=size.id, kind="number", drop_unfit=True)
        assert titles(**{"attr.size.min": "2"}) == ["12"]
        assert titles(sort="attr.size") == ["1.5", "12"]
        shown = {row.title: row.attributes.get(str(size.id)) for row in selectors.signals()}
        assert shown == {"12": 12, "1.5": 1.5, "big": None, "huge": None}
        entry = audit().list_entries(filters=Filters()).entries[0]
        assert entry.after["values_lost"] == 2

    def test_a_choice_may_only_go_when_nobody_has_it(self) -> None:
        region = radar.attribute("choice", name="Region")
        radar.signal(attributes={"region": "APAC"})
        attribute_convert(attribute_id=region.id, kind="choice", choices=["APAC", "Mars"])
        with pytest.raises(ValuesDoNotFit):
            attribute_convert(attribute_id=region.id, kind="choice", choices=["Mars"])

    @pytest.mark.parametrize("source", KINDS)
    @pytest.mark.parametrize("target", KINDS)
    def test_every_kind_becomes_every_other(self, source: str, target: str) -> None:
        value = {"text": "yes", "number": 5, "date": "2026-01-02", "choice": "EMEA", "yes_no": True}[source]
        attribute = radar.attribute(source, name="A")
        signal = radar.signal(title="S", attributes={"a": value})
        choices = ["EMEA"] if target == "choice" else []
        attribute_convert(attribute_id=attribute.id, kind=target, choices=choices, drop_unfit=True)

        kept = selectors.signal(signal.id).attributes.get(str(attribute.id))
        assert AttributeValue.objects.filter(attribute=attribute).count() == (kept is not None)
        if kept is not None:
            typed = {True: "yes", False: "no"}.get(kept, str(kept)) if isinstance(kept, bool) else str(kept)
            assert titles(**{"attr.a": typed}) == ["S"]


class TestAddresses:
    @pytest.mark.parametrize(
        "query",
        [
            {"attr.size": "big"},
            {"attr.size.min": "' or 1=1"},
            {"attr.size.max": "1e999"},
            {"attr.region": "Mars"},
            {"attr.day.min": "2026-13-01"},
            {"attr.ok": "perhaps"},
            {"attr.owner": "x" * 300},
            {"attr.owner": "a\0b"},
            {"sort": "attr.nothing"},
            {"sort": "attr."},
            {"sort": "--attr.size"},
        ],
    )
    def test_nonsense_is_said_at_its_field(self, query: dict[str, str]) -> None:
        for kind, name in zip(KINDS, ["owner", "size", "day", "region", "ok"], strict=True):
            radar.attribute(kind, name=name)
        narrowed = SignalFilter(query, queryset=selectors.signals())
        assert not narrowed.is_valid()
        assert narrowed.errors.keys() == query.keys()

    def test_zero_and_no_are_asked_for(self) -> None:
        radar.attribute("number", name="Size")
        radar.attribute("yes_no", name="Ok")
        competitor = radar.competitor().id
        radar.signal(competitor_id=competitor, title="A", attributes={"size": 0, "ok": "no"})
        radar.signal(competitor_id=competitor, title="B", attributes={"size": -1, "ok": "yes"})
        assert titles(**{"attr.size.min": "0"}) == ["A"]
        assert titles(**{"attr.ok": "no"}) == ["A"]
        assert SignalFilter({"attr.size.min": "0"}, queryset=selectors.signals()).is_narrowed


values = st.fixed_dictionaries(
    {},
    optional={
        "a-text": st.sampled_from(["a", "B", "b", "é", "É", "%", "'", "a b", "ß", "SS"]),
        "a-number": st.sampled_from([-1.5, 0, 0.1, 0.2, 3, 1e15]),
        "a-date": st.dates(date(2026, 1, 1), date(2026, 1, 5)).map(str),
        "a-choice": st.sampled_from(["EMEA", "Americas", "APAC"]),
        "a-yes-no": st.booleans(),
    },
)
questions = st.fixed_dictionaries(
    {},
    optional={
        "attr.a-text": st.sampled_from(["A", "b", "é", "%", "ss", "none"]),
        "attr.a-number": st.sampled_from(["0", "0.1", "7"]),
        "attr.a-number.min": st.sampled_from(["-1.5", "0.1", "9"]),
        "attr.a-number.max": st.sampled_from(["0.2", "3"]),
        "attr.a-date": st.sampled_from(["2026-01-02"]),
        "attr.a-date.min": st.sampled_from(["2026-01-03"]),
        "attr.a-date.max": st.sampled_from(["2026-01-04"]),
        "attr.a-choice": st.sampled_from(["emea", "APAC"]),
        "attr.a-yes-no": st.sampled_from(["yes", "no"]),
    },
)


def answers(value: dict[str, Any], question: dict[str, str]) -> bool:
    """Tell in Python whether a signal's values answer a question."""
    return all(_answers(value.get(name.split(".")[1]), name, asked) for name, asked in question.items())


def _answers(own: Any, name: str, asked: str) -> bool:
    if own is None:
        return False
    wanted: Any = asked
    if "number" in name:
        wanted = float(asked)
    elif "yes-no" in name:
        wanted = asked == "yes"
    elif "date" not in name:
        own, wanted = own.casefold(), asked.casefold()
    if name.endswith(".min"):
        return bool(own >= wanted)
    return bool(own <= wanted) if name.endswith(".max") else bool(own == wanted)


@pytest.mark.parametrize("few", [2000, 1])
@given(rows=st.lists(values, max_size=8), question=questions)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_python_finds(
    monkeypatch: pytest.MonkeyPatch, few: int, rows: list[dict[str, Any]], question: dict[str, str]
) -> None:
    monkeypatch.setattr(searching, "FEW", few)
    with transaction.atomic():
        competitor = radar.competitor().id
        for kind in KINDS:
            radar.attribute(kind, name=f"A {kind.replace('_', ' ')}")
        for number, value in enumerate(rows):
            signal_add(competitor_id=competitor, title=str(number), kind="press", attributes=value)
        expected = {str(number) for number, value in enumerate(rows) if answers(value, question)}
        assert set(titles(**question)) == expected
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_row_with_a_value_comes_once_in_order(kind: str, sign: str) -> None:
    given = {
        "text": ["b", "A", "a", "C"],
        "number": [3, -1, 0.5, 0.5],
        "date": ["2026-01-02", "2025-01-02", "2026-01-02", "2024-12-31"],
        "choice": ["EMEA", "APAC", "EMEA", "Americas"],
        "yes_no": [True, False, True, True],
    }[kind]
    radar.attribute(kind, name="A")
    competitor = radar.competitor().id
    for value in [*given, None]:
        radar.signal(competitor_id=competitor, attributes={"a": value})
    found = SignalFilter({"sort": f"{sign}attr.a"}, queryset=selectors.signals()).qs
    expected = list(found)

    forwards, cursors, cursor = [], [], ""
    while True:
        page = page_of(found, cursor=cursor, size=1)
        forwards += page.rows
        cursors.append(page)
        if not page.next:
            break
        cursor = page.next
    assert forwards == expected
    assert len(forwards) == 4
    compared = [next(iter(row.attributes.values())) for row in forwards]
    keys = [value.casefold() if isinstance(value, str) else value for value in compared]
    assert keys == sorted(keys, reverse=bool(sign))
    assert page_of(found, cursor=cursors[-1].previous, size=1).rows == cursors[-2].rows


FILL = """
    insert into radar_competitor (id, tenant_id, name, website, notes, created_at)
        values (%(tenant)s, %(tenant)s, 'Acme', '', '', now());
    with made as (
        insert into radar_signal (id, tenant_id, competitor_id, title, source_url, kind, importance, seen_at,
                                  created_at)
        select gen_random_uuid(), %(tenant)s, %(tenant)s, n::text, '', 'press', 1, now() - n * interval '1 h', now()
        from generate_series(1, 4000) n
        returning id, title::int n
    )
    insert into radar_attributevalue (id, tenant_id, attribute_id, signal_id, text, number, day, flag)
    select gen_random_uuid(), %(tenant)s, %(attribute)s, id, case %(kind)s when 'text' then 'word ' || n end,
           case %(kind)s when 'number' then n::float end, case %(kind)s when 'date' then date '2026-01-01' + n end,
           case %(kind)s when 'yes_no' then n %% 1000 = 0 end
    from made
"""


@pytest.mark.parametrize(
    ("kind", "column", "query"),
    [
        ("text", "text", {"attr.a": "Word 3"}),
        ("number", "number", {"attr.a.min": "10", "attr.a.max": "12"}),
        ("date", "day", {"attr.a.min": "2026-02-01", "attr.a.max": "2026-02-02"}),
        ("yes_no", "flag", {"attr.a": "yes"}),
        ("number", "number", {"sort": "-attr.a"}),
    ],
)
def test_the_index_is_used_as_the_applications_role(
    in_tenant: scope.Scope, kind: str, column: str, query: dict[str, str]
) -> None:
    attribute = radar.attribute(kind, name="A")
    plan = _plan(attribute, _statements(query)[0])
    assert f"radar_attributevalue_{column}" in plan
    assert "Seq Scan on radar_attributevalue" not in plan


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("text", {"attr.a": "Word 3"}),
        ("number", {"attr.a.min": "10"}),
        ("date", {"attr.a.min": "2026-02-01", "kind": "press"}),
        ("yes_no", {"attr.a": "yes"}),
    ],
)
def test_what_many_have_is_met_on_the_way_through_the_newest(
    in_tenant: scope.Scope, monkeypatch: pytest.MonkeyPatch, kind: str, query: dict[str, str]
) -> None:
    monkeypatch.setattr(searching, "FEW", -1)
    plan = _plan(radar.attribute(kind, name="A"), _statements(query)[-1])
    assert "Index Scan using radar_signal_newest" in plan
    probe = plan.split("SubPlan", 1)[1]
    assert "using radar_attributevalue" in probe
    assert "signal_id = radar_signal.id" in probe
    assert "Sort" not in plan
    assert "Seq Scan on radar_attributevalue" not in plan


def _statements(query: dict[str, str]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        page_of(SignalFilter(query, queryset=selectors.signals()).qs)
    return [query["sql"] for query in captured if "radar_attributevalue" in query["sql"]]


def _plan(attribute: Attribute, statement: str) -> str:
    """Return the plan of a statement, as the application's role, with 4,000 signals in its workspace."""
    keys = {"tenant": attribute.tenant_id, "attribute": attribute.id, "kind": attribute.kind}
    with (
        databases.administrator(connection.settings_dict["NAME"]) as admin,
        admin.transaction(force_rollback=True),
    ):
        admin.execute("set local session_replication_role = replica")  # the attribute is not committed
        admin.execute("set local search_path = pool, public")
        psycopg.ClientCursor(admin).execute(FILL, keys)
        admin.execute("analyze radar_competitor, radar_signal, radar_attributevalue")
        admin.execute("set local role tenon_app")
        admin.execute("select set_config('app.tenant_id', %s, true)", [str(attribute.tenant_id)])
        lines = psycopg.ClientCursor(admin).execute(f"explain {statement}").fetchall()
    return "\n".join(line for (line,) in lines)
