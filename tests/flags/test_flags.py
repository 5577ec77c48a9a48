"""Where a feature flag is on, how that is remembered, and what reminds of taking it out."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.template import Context, Template, TemplateSyntaxError
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as ValkeyAway

from apps.core import flags, scope
from apps.core.errors import NotFound
from apps.flags.models import FlagShare
from apps.tenancy.models import Tenant
from tests.factories import flags as decisions
from tests.flags.conftest import NEW_CHART

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


class TestWhereItIsOn:
    def test_nowhere_at_first(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            assert not flags.enabled(NEW_CHART)

    def test_everywhere_at_100_percent(self, tenant: Tenant, as_tenant: InTenant) -> None:
        decisions.share(NEW_CHART, 100)

        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)

    def test_in_the_workspace_that_it_was_switched_on_for(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        decisions.exception(NEW_CHART, tenant, "on")

        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)
        with as_tenant(other_tenant):
            assert not flags.enabled(NEW_CHART)

    def test_not_in_the_workspace_that_it_was_switched_off_for(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        decisions.share(NEW_CHART, 100)
        decisions.exception(NEW_CHART, tenant, "off")

        with as_tenant(tenant):
            assert not flags.enabled(NEW_CHART)

    def test_an_exception_that_is_withdrawn_leaves_the_share(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        decisions.share(NEW_CHART, 100)
        decisions.exception(NEW_CHART, tenant, "off")
        decisions.exception(NEW_CHART, tenant, "share")

        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)

    def test_outside_of_any_workspace_only_once_it_is_on_for_all(self, db: None) -> None:
        decisions.share(NEW_CHART, 99)
        assert not flags.enabled(NEW_CHART)
        decisions.share(NEW_CHART, 100)
        assert flags.enabled(NEW_CHART)

    def test_an_unknown_flag_is_an_error(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(flags.UnknownFlag, match=r"radar\.new_chrat"):
            flags.enabled("radar.new_chrat")


class TestShare:
    def test_it_holds_about_that_many(self) -> None:
        places = [flags._place(NEW_CHART, uuid4()) for _number in range(4000)]

        assert 0.26 < sum(place < 30 for place in places) / 4000 < 0.34

    @given(tenant_id=st.uuids())
    def test_a_workspace_keeps_its_place(self, tenant_id: UUID) -> None:
        place = flags._place(NEW_CHART, tenant_id)

        assert place == flags._place(NEW_CHART, UUID(str(tenant_id)))
        assert 0 <= place <= 99

    def test_flags_begin_with_different_workspaces(self) -> None:
        tenants = [uuid4() for _number in range(50)]

        assert [flags._place("a.b", found) for found in tenants] != [
            flags._place("c.d", found) for found in tenants
        ]


class TestMemory:
    def test_no_query_when_warm(
        self, tenant: Tenant, as_tenant: InTenant, django_assert_num_queries: Any
    ) -> None:
        with as_tenant(tenant):
            flags.enabled(NEW_CHART)
            with django_assert_num_queries(0):
                flags.enabled(NEW_CHART)

    def test_an_answer_read_before_a_change_is_not_kept(
        self, tenant: Tenant, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep = RedisCache.set

        def change_first(*args: Any, **kwargs: Any) -> None:
            monkeypatch.setattr(RedisCache, "set", keep)
            decisions.share(NEW_CHART, 100)
            keep(*args, **kwargs)

        with as_tenant(tenant):
            flags.enabled(NEW_CHART)
            cache.delete(f"flags:{tenant.id}")
            monkeypatch.setattr(RedisCache, "set", change_first)
            assert not flags.enabled(NEW_CHART)
            assert flags.enabled(NEW_CHART)

    def test_the_database_answers_while_valkey_is_away(
        self, tenant: Tenant, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_args: Any, **_kwargs: Any) -> None:
            raise ValkeyAway

        for name in ("get_many", "get", "add", "set"):
            monkeypatch.setattr(RedisCache, name, away)
        decisions.share(NEW_CHART, 100)

        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)


class TestUse:
    SOURCE = '{% flag "radar.new_chart" %}new{% else %}old{% endflag %}'

    def test_a_template_shows_one_side(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            assert Template(self.SOURCE).render(Context()) == "old"
            decisions.share(NEW_CHART, 100)
            assert Template(self.SOURCE).render(Context()) == "new"

    def test_the_other_side_may_be_left_out(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            assert Template('{% flag "radar.new_chart" %}new{% endflag %}').render(Context()) == ""

    def test_a_template_names_one_flag(self) -> None:
        with pytest.raises(TemplateSyntaxError):
            Template("{% flag %}new{% endflag %}")

    def test_a_view_that_requires_it_is_not_found_without(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            with pytest.raises(NotFound):
                flags.require(NEW_CHART)
            decisions.exception(NEW_CHART, tenant, "on")
            flags.require(NEW_CHART)


class TestEnd:
    def test_a_flag_past_its_end_fails_the_check(self) -> None:
        assert not [found for found in run_checks() if found.id == "core.W006"]

        flags.declare("radar.old_chart", "The chart before", owner="Li", ends_on=date(2024, 1, 31))

        (warning,) = [found for found in run_checks() if found.id == "core.W006"]
        assert warning.msg == "The flag radar.old_chart ended on 2024-01-31."
        assert "Li" in str(warning.hint)

    def test_the_command_lists_them(self, tenant: Tenant) -> None:
        flags.declare("radar.old_chart", "The chart before", owner="Li", ends_on=date(2024, 1, 31))
        decisions.share(NEW_CHART, 25)
        decisions.exception(NEW_CHART, tenant, "on")
        decisions.share("radar.gone", 10)

        call_command("flags", stdout=(output := StringIO()))

        new, old = output.getvalue().splitlines()
        assert new.startswith(
            "radar.new_chart: Chart that can be zoomed. On for 25 % of workspaces, 1 exceptions."
        )
        assert old.endswith("Li takes it out by 2024-01-31. That is over.")

    def test_the_command_says_where_to_declare_the_first(
        self, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(flags, "_declared", {})

        call_command("flags", stdout=(output := StringIO()))

        assert "No flags are declared" in output.getvalue()


def test_no_request_of_a_workspace_changes_a_share(tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        FlagShare.objects.create(flag=NEW_CHART, percent=100)
