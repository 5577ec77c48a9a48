"""Full-text search: what it finds, whose rows, and that it uses its index as the application's role."""

import string
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import scope
from apps.core.db import search as searching
from apps.core.db.search import narrow, search, words
from apps.radar import selectors
from apps.radar.filters import CompetitorFilter
from apps.tenancy.models import Tenant
from tests import databases
from tests.factories import radar, tenancy

UP = "Prices up in Zürich"
OLD = "Old prices: Q3/Q4, see news@example.com"
HIRES = "Hires O'Neill & wi-fi people"


def found(typed: str) -> set[str]:
    return {row.title for row in search(selectors.signals(), typed)}


@pytest.fixture(params=["few", "many"])
def _hits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have hits count as few, and as many: the two ways must find the same."""
    monkeypatch.setattr(searching, "FEW", 2000 if request.param == "few" else 0)


@pytest.mark.usefixtures("in_tenant", "_hits")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("prices", {UP, OLD}),
        ("PRICES up", {UP}),
        ("pri", {UP, OLD}),
        ("pri up", set()),
        ("up pri", {UP}),
        ("zurich", {UP}),
        ("ZÜRI", {UP}),
        ('"old prices"', {OLD}),
        ('"prices old"', set()),
        ('"old price"', set()),
        ("zürich or hires", {UP, HIRES}),
        ("prices -old", {UP}),
        ("o'neill", {HIRES}),
        ("wi-fi", {HIRES}),
        ("wi-f", {HIRES}),
        ("%", set()),
        ("'", set()),
        ("\\", set()),
        ("prices:*", {UP, OLD}),
        ("q4", {OLD}),
        ("exam", {OLD}),
        ("news@exam", {OLD}),
        ("-", set()),
        ('"', set()),
    ],
)
def test_words_are_found(typed: str, expected: set[str]) -> None:
    competitor = radar.competitor().id
    for title in (UP, OLD, HIRES):
        radar.signal(competitor_id=competitor, title=title)
    assert found(typed) == expected


@pytest.mark.usefixtures("in_tenant", "_hits")
@given(typed=st.text(alphabet=string.printable + "äß’“”*()|&!<->:\u200d\ufeff𝔸", max_size=40))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_typed_is_no_error(typed: str) -> None:
    list(search(selectors.signals(), typed.replace("\0", "")))


@pytest.mark.usefixtures("in_tenant")
def test_notes_of_competitors_are_searched_and_other_filters_hold() -> None:
    acme = radar.competitor(name="Acme", notes="Sells anvils")
    radar.competitor(name="Anvil Works")
    assert [row.name for row in CompetitorFilter({"search": "anvil"}, selectors.competitors()).qs] == [
        "Acme",
        "Anvil Works",
    ]
    radar.signal(competitor_id=acme.id, title="Anvils", kind="price")
    radar.signal(competitor_id=acme.id, title="Anvils", kind="press")
    assert search(selectors.signals().filter(kind="price"), "anvils").count() == 1


@pytest.mark.usefixtures("_hits")
def test_rows_of_others_are_not_found(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenancy.scope_of(other_tenant):
        radar.signal(title="Secret")
    with tenancy.scope_of(tenant):
        assert found("secret") == set()


def test_the_function_answers_for_the_scope_alone(tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        radar.signal(title="Secret")
    with scope.use(cell="pool"), connection.cursor() as cursor:
        cursor.execute("select count(*) from radar_signal_search('secret', 10)")
        assert cursor.fetchone() == (0,)
    with pytest.raises(scope.ScopeMissing):
        search(selectors.Signal.objects.all(), "secret")


@pytest.mark.django_db(transaction=True)
def test_a_silo_has_its_own_search() -> None:
    call_command("cell", "open", "silo_search", verbosity=0)
    try:
        tenant = tenancy.workspace(cell="silo_search")
        with tenancy.scope_of(tenant):
            with transaction.atomic():
                radar.signal(title="Far away")
            assert found("away") == {"Far away"}
    finally:
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            admin.execute("drop schema silo_search cascade")
            admin.execute("truncate tenancy_tenant cascade")
            admin.execute("delete from tenancy_cell where schema_name = 'silo_search'")


SEED = """
    insert into pool.radar_competitor (id, tenant_id, name, website, notes, created_at)
        select id, id, 'Acme', '', '', now() from unnest(%(tenants)s::uuid[]) id;
    insert into pool.radar_signal
        (id, tenant_id, competitor_id, title, source_url, kind, importance, seen_at, created_at)
        select gen_random_uuid(), id, id, 'common word' || n, '', 'press', 1, now() - n * interval '1 h', now()
        from unnest(%(tenants)s::uuid[]) id, generate_series(1, 9000) n;
"""


@pytest.fixture
def explained(db: None) -> Iterator[Any]:
    """Return a function that searches as the application, and returns the plan inside the search function."""
    notices: list[str] = []
    tenants = [uuid4() for _number in range(2)]
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        admin.add_notice_handler(lambda notice: notices.append(str(notice.message_primary)))
        with admin.transaction(force_rollback=True):
            psycopg.ClientCursor(admin).execute(SEED, {"tenants": tenants})
            admin.execute("analyze pool.radar_signal")
            admin.execute("load 'auto_explain'")
            admin.execute("set local client_min_messages = log")
            admin.execute("set local auto_explain.log_min_duration = 0")
            admin.execute("set local auto_explain.log_nested_statements = on")
            admin.execute("set local role tenon_app")

            def explain(typed: str) -> str:
                _as(admin, tenants[0])
                notices.clear()
                admin.execute("select count(*) from pool.radar_signal_search(%s, 2001)", [typed])
                return "\n".join(notice for notice in notices if "search @@" in notice and "Limit" in notice)

            yield explain


def _as(admin: psycopg.Connection[Any], tenant: UUID) -> None:
    admin.execute("select set_config('app.tenant_id', %s, true)", [str(tenant)])


def test_the_search_uses_its_index(explained: Any) -> None:
    for typed in ("word8999", "word899 common", '"common word8999"'):
        plan = explained(typed)
        assert "Bitmap Index Scan on radar_signal_search" in plan
        assert "tenant_id = " in plan.split("Bitmap Index Scan")[1]
    # Of a phrase it is asked for the rare words alone.
    plan = explained('"common word8999"')
    assert "common" not in plan.split("Bitmap Index Scan")[1].split("Index Searches")[0]
    # Of what is frequent the index is not asked.
    plan = explained("common")
    assert "radar_signal_search" not in plan.split("Limit", 1)[1]
    assert "Seq Scan" not in plan


@pytest.mark.usefixtures("in_tenant")
@pytest.mark.parametrize("most", [2001, 2])
def test_phrases_are_found_by_their_rare_words(most: int) -> None:
    competitor = radar.competitor().id
    for number in range(searching.FREQUENT + 1):
        radar.signal(competitor_id=competitor, title=f"common word{number}")
    hit = radar.signal(competitor_id=competitor, title="rare common")
    for number in range(5):
        radar.signal(competitor_id=competitor, title=f"common{number} rare")
    with connection.cursor() as cursor:
        cursor.execute("select radar_signal_search(%s, %s)", ['"rare common"', most])
        assert cursor.fetchall() == [(hit.id,)]
    assert found('"rare common" -word3') == {"rare common"}
    assert found('"common word3"') == {"common word3"}


@pytest.mark.usefixtures("in_tenant")
def test_frequent_words_are_found_beside_rare_ones() -> None:
    competitor = radar.competitor().id
    for number in range(searching.FREQUENT + 1):
        radar.signal(competitor_id=competitor, title=f"common word{number}")
    assert len(found("common")) == searching.FREQUENT + 1
    assert found("common word3") == {"common word3"}
    rows = narrow(selectors.signals(), [words(selectors.Signal, typed) for typed in ("common", "word3")])
    assert [row.title for row in rows] == ["common word3"]
