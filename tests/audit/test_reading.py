"""What PostgreSQL compares by itself, and what it leaves to be looked at: never what was changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.chain import reading
from apps.audit.chain.documents import canonical
from apps.audit.chain.reading import VALUES, doubtful
from apps.audit.chain.verification import verify
from apps.audit.interface import audit
from apps.audit.models import AuditBatch
from apps.core import scope
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.audit.logs import faults, seal_all, sealed

ORDINARY: list[dict[str, Any]] = [
    {},
    {"after": {"role": "member"}},
    {
        "before": {"name": "O'Hara", "b": 1},
        "after": {"name": 'A "B" \\ \n\t', "b": 12345678901, "aa": None, "Z": True},
    },
]
UNUSUAL: list[dict[str, Any]] = [
    {"after": {"name": "Zoë", "del": "\x7f"}},
    {"after": {"roles": ["a", {"b": 1}], "of": {"nested": {"c": "d"}}}},
    {"after": {"share": 1.5, "small": 0.25}},
    {"before": {"tiny": 1e-07}, "after": {"huge": 1e22, "inside": [{"share": -2.5e-300}]}},
    {"after": {"ä": 1, "a_": 2, "a": 3, "é": "\u2028"}},
]


#: Texts that look like what PostgreSQL writes between members and values.
AWKWARD = st.text(alphabet='":, \\{}[]a\nä', max_size=8)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | AWKWARD,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(AWKWARD, inner, max_size=2),
    max_leaves=4,
)


def recorded(tenant: Tenant, details: dict[str, Any], address: str = "192.0.2.7") -> None:
    with (
        scope.use(address=address, actor=scope.Actor(kind="person", id=new_id(), label="Ana Ruiz")),
        transaction.atomic(),
    ):
        audit().record(
            action="members.removed",
            target_type="membership",
            target_id=new_id(),
            target_label="Li",
            **details,
        )
    seal_all()


def doubts(tenant: Tenant) -> int:
    with scope.as_role("platform"):
        return sum(
            len(found) for _batches, found in doubtful([list(AuditBatch.objects.filter(tenant_id=tenant.id))])
        )


@pytest.fixture
def quiet(tenant: Tenant, as_tenant: Any) -> Any:
    """A workspace whose log is empty, in its owner's scope."""
    with as_tenant(tenant):
        seal_all()
        yield tenant


@pytest.mark.parametrize("details", ORDINARY)
def test_of_ordinary_entries_it_is_sure(quiet: Tenant, details: dict[str, Any]) -> None:
    before = doubts(quiet)
    recorded(quiet, details)
    assert doubts(quiet) == before
    assert verify(quiet.id)


@pytest.mark.parametrize("details", UNUSUAL)
def test_unusual_ones_are_looked_at_and_found_as_they_were(quiet: Tenant, details: dict[str, Any]) -> None:
    recorded(quiet, details)
    assert verify(quiet.id)


@pytest.mark.parametrize("address", ["2001:db8::1", "::ffff:192.0.2.7", "192.0.2.7"])
def test_addresses_of_both_kinds_hold(quiet: Tenant, address: str) -> None:
    recorded(quiet, {}, address=address)
    assert verify(quiet.id)


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # nothing is written
@given(values=st.lists(st.dictionaries(AWKWARD, VALUE, max_size=3) | VALUE, min_size=1, max_size=50))
def test_nothing_reads_as_another_value_was_sealed(values: list[Any]) -> None:
    texts = [json.dumps(each) for each in values]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {VALUES.format('value')} from unnest(%s::jsonb[]) with ordinality v(value, at) order by at",
            [texts],
        )
        for text, (found,) in zip(texts, cursor.fetchall(), strict=True):
            assert found is None or found == canonical(text) or not _is_canonical(found)


def _is_canonical(text: str) -> bool:
    try:
        return canonical(text) == text
    except ValueError:
        return False


@pytest.mark.django_db(transaction=True)
class TestChanged:
    @pytest.mark.parametrize(
        "change",
        [
            "salt = 'other'",
            "actor_label = 'Eve'",
            "target_label = 'Eve'",
            "on_behalf_of_label = 'Eve'",
            "address = null",
            "before = '[]'",
            "after = '\"text\"'",
            "after = after || '{\"more\": null}'",
            "after = '{}'",
        ],
    )
    def test_details_are_found(self, quiet: Tenant, bend: Callable[..., None], change: str) -> None:
        recorded(quiet, {"after": {"role": "member"}})
        entry_id = sealed(quiet)[-1]
        bend(f"update audit_detail set {change} where entry_id = %s", entry_id)
        assert faults(quiet) == [("details edited", entry_id)]

    def test_what_was_changed_in_a_long_log_is_found(
        self, quiet: Tenant, bend: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "LONG", 1)
        monkeypatch.setattr("apps.audit.chain.verification.AT_ONCE", 1)
        for _entry in range(5):
            recorded(quiet, {"after": {"role": "member"}})
        report = verify(quiet.id)
        assert report
        assert report.entries == len(sealed(quiet))

        entry_id = sealed(quiet)[2]
        bend("update audit_entry set action = 'members.joined' where id = %s", entry_id)
        assert faults(quiet) == [("edited", entry_id)]
