"""What holds a key back: its scopes, its addresses, its secrets, and whom it acts as. Each at the next request."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from apps.accounts.key_text import checksum, parts
from apps.accounts.models import ApiKey, User
from apps.accounts.services.key_reminders import ending_keys_sweep, ending_keys_tell
from apps.accounts.services.keys import key_change, key_create, key_revoke, key_rotate
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.core.ids import new_id
from apps.events.upkeep import deliver_due
from apps.notifications.models import Notification
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.members import member_change_role, member_remove
from tests.factories import tenancy as workspaces

pytestmark = pytest.mark.django_db
InTenant = Callable[..., AbstractContextManager[scope.Scope]]
MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


@pytest.fixture
def make(tenant: Tenant, as_tenant: InTenant) -> Callable[..., tuple[UUID, str]]:
    """Make a key of the workspace as an owner, or as `user` with a role; return its id and text."""

    def create(user: User | None = None, as_role: str = "owner", **given: Any) -> tuple[UUID, str]:
        given = {"name": "Nightly", "role": "admin", "lifetime": MONTH} | given
        with as_tenant(tenant, role=as_role, user=user):
            key, presented = key_create(**given)
        return key.id, presented

    return create


def status(presented: str, path: str = "/api/v1/members", *, at: str = "127.0.0.1", **data: Any) -> int:
    client = Client(headers={"authorization": f"Bearer {presented}"}, REMOTE_ADDR=at)
    if data:
        return client.post(path, data, content_type="application/json").status_code
    return client.get(path).status_code


def add_role(presented: str) -> int:
    return status(presented, "/api/v1/roles", name="Reader", permissions=["members.read"])


def stored(key_id: UUID, tenant: Tenant, as_tenant: InTenant) -> ApiKey:
    with as_tenant(tenant):
        return ApiKey.objects.get(id=key_id)


class TestText:
    def test_scanners_know_a_key_offline(self, make: Any) -> None:
        _id, presented = make()
        kind, prefix, rest = presented.removeprefix("tnk_").split("_")
        assert (kind, len(prefix), len(rest)) == ("test", 12, 49)
        assert checksum(presented[:-6]) == presented[-6:]

    @pytest.mark.parametrize("place", [10, 30, -1])
    def test_a_mistyped_key_is_none(self, make: Any, place: int) -> None:
        _id, presented = make()
        changed = list(presented)
        changed[place] = "0" if changed[place] != "0" else "1"
        assert parts("".join(changed)) is None

    def test_a_key_of_another_environment_is_none(self, make: Any, settings: LazySettings) -> None:
        _id, presented = make()
        settings.API_KEY_KIND = "live"
        assert parts(presented) is None
        assert status(presented) == 401


class TestPepper:
    def test_it_changes_without_a_refused_request(
        self, make: Any, settings: LazySettings, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, presented = make()
        former = stored(key_id, tenant, as_tenant).secret_hash
        settings.API_KEY_PEPPERS = ["a new one", *settings.API_KEY_PEPPERS]
        assert status(presented) == 200
        assert stored(key_id, tenant, as_tenant).secret_hash != former, "its use has moved it to the new one"
        settings.API_KEY_PEPPERS = ["a new one"]
        assert status(presented) == 200

    def test_without_its_pepper_a_key_opens_nothing(self, make: Any, settings: LazySettings) -> None:
        _id, presented = make()
        settings.API_KEY_PEPPERS = ["another one"]
        assert status(presented) == 401

    def test_keys_from_before_there_was_one_stay_good(self, make: Any, settings: LazySettings) -> None:
        settings.API_KEY_PEPPERS = [settings.SECRET_KEY]  # as it is where nothing else is set
        _id, presented = make()
        settings.API_KEY_PEPPERS = ["the first"]
        assert status(presented) == 200
        settings.SECRET_KEY = "changed"
        assert status(presented) == 200, "its use has moved it to the pepper"


class TestScopes:
    def test_it_does_no_more_than_it_is_narrowed_to(self, make: Any) -> None:
        _id, presented = make(scopes=["members.read"])
        assert (status(presented), add_role(presented)) == (200, 403)

    def test_they_give_nothing_that_the_role_lacks(self, make: Any) -> None:
        _id, presented = make(role="viewer", scopes=["members.read", "roles.manage"])
        assert (status(presented), add_role(presented)) == (200, 403)

    def test_narrowing_holds_at_the_next_request(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, presented = make()
        assert status(presented) == 200
        with as_tenant(tenant):
            key_change(key_id=key_id, name="Nightly", scopes=["roles.manage"])
        assert status(presented) == 403
        with as_tenant(tenant):
            entry = AuditEntry.objects.select_related("detail").get(action="keys.changed")
        assert entry.detail.after["scopes"] == ["roles.manage"]

    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_they_give_nobody_a_role_that_can_do_more(
        self, make: Any, tenant: Tenant, member: Any, role: str
    ) -> None:
        _id, presented = make(user=member("owner"), role="", scopes=["members.invite"])
        assert status(presented, "/api/v1/invitations", email="li@example.com", role=role) == 403
        _id, presented = make(user=member("owner"), role="")
        assert status(presented, "/api/v1/invitations", email="li@example.com", role=role) == 201

    @pytest.mark.parametrize("lifted", [{"scopes": []}, {"ranges": []}], ids=["scopes", "ranges"])
    def test_nobody_lifts_a_limit_of_a_key_that_can_do_more_than_they(
        self, make: Any, tenant: Tenant, as_tenant: InTenant, lifted: Any
    ) -> None:
        limits = {"name": "Nightly", "scopes": ["members.read"], "ranges": ["192.0.2.1/32", "192.0.2.2/32"]}
        key_id, _presented = make(**limits)
        with as_tenant(tenant, role="admin"), scope.use(permissions=frozenset({"keys.manage"})):
            with pytest.raises(Invalid):
                key_change(key_id=key_id, **limits | lifted)
            key_change(key_id=key_id, **limits | {"name": "Daily", "ranges": ["192.0.2.2"]})

    def test_what_is_personal_is_in_none_of_them(self, make: Any, tenant: Tenant, member: Any) -> None:
        """And so is all else that asks for no permission."""
        _id, presented = make(user=member("admin"), as_role="admin", role="", scopes=["members.read"])
        for path in ("/api/v1/notifications", f"/api/v1/notifications/{new_id()}", "/api/v1/jobs"):
            assert status(presented, path) == 403, path
        headers = {"authorization": f"Bearer {presented}"}
        answer = Client(headers=headers).post("/api/v1/notifications/read-all")
        assert (answer.status_code, answer.json()["code"]) == (403, "key_is_narrowed")
        assert Client(headers=headers).post(f"/api/v1/jobs/{new_id()}/cancel").status_code == 403

    def test_jobs_are_read_with_the_permission_for_it(self, make: Any) -> None:
        _id, presented = make(scopes=["jobs.read"])
        assert status(presented, "/api/v1/jobs") == 200
        headers = {"authorization": f"Bearer {presented}"}
        assert Client(headers=headers).post(f"/api/v1/jobs/{new_id()}/cancel").status_code == 403

    def test_an_unknown_one_is_refused(self, make: Any) -> None:
        with pytest.raises(Invalid):
            make(scopes=["everything"])


class TestRanges:
    @pytest.mark.parametrize(
        ("ranges", "address", "expected"),
        [
            (["192.0.2.0/24"], "192.0.2.77", 200),
            (["192.0.2.0/24"], "198.51.100.1", 403),
            (["2001:db8::/48"], "2001:db8::7", 200),
            (["2001:db8::/48"], "2001:db9::7", 403),
            (["192.0.2.1", "2001:db8::/48"], "::ffff:192.0.2.1", 200),
            (["192.0.2.0/24"], "", 403),
        ],
    )
    def test_a_key_is_used_from_its_addresses_alone(
        self, make: Any, ranges: list[str], address: str, expected: int
    ) -> None:
        _id, presented = make(ranges=ranges)
        assert status(presented, at=address) == expected

    def test_a_refusal_has_a_code_and_an_entry(self, make: Any, tenant: Tenant, as_tenant: InTenant) -> None:
        key_id, presented = make(ranges=["192.0.2.0/24"])
        client = Client(headers={"authorization": f"Bearer {presented}"}, REMOTE_ADDR="198.51.100.1")
        assert client.get("/api/v1/members").json()["code"] == "address_not_allowed"
        with as_tenant(tenant):
            entry = AuditEntry.objects.select_related("detail").get(action="keys.refused")
        assert (entry.target_id, entry.detail.after) == (key_id, {"address": "198.51.100.1"})

    def test_a_claimed_address_counts_for_nothing(self, make: Any) -> None:
        _id, presented = make(ranges=["192.0.2.0/24"])
        client = Client(headers={"authorization": f"Bearer {presented}", "x-forwarded-for": "192.0.2.1"})
        assert client.get("/api/v1/members").status_code == 403

    @pytest.mark.parametrize(
        "ranges", [["nonsense"], ["10.0.0.0/33"], [f"10.0.0.{number}" for number in range(33)]]
    )
    def test_what_is_no_range_or_too_many(self, make: Any, ranges: list[str]) -> None:
        with pytest.raises(Invalid) as refused:
            make(ranges=ranges)
        assert list(refused.value.fields) == ["ranges"]

    def test_the_last_use_is_noted_with_its_address(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, presented = make()
        status(presented, at="192.0.2.7")
        assert stored(key_id, tenant, as_tenant).last_used_from == "192.0.2.7"


class TestRotation:
    def rotated(self, key_id: UUID, tenant: Tenant, as_tenant: InTenant, overlap: timedelta = HOUR) -> str:
        with as_tenant(tenant):
            _key, presented = key_rotate(key_id=key_id, lifetime=MONTH, overlap=overlap)
        return presented

    def test_both_secrets_work_until_the_overlap_ends(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, old = make()
        new = self.rotated(key_id, tenant, as_tenant)
        assert (status(old), status(new)) == (200, 200)
        with time_machine.travel(clock.now() + 2 * HOUR):
            assert (status(old), status(new)) == (401, 200)

    def test_without_an_overlap_the_old_one_ends_at_once(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, old = make()
        new = self.rotated(key_id, tenant, as_tenant, timedelta())
        assert (status(old), status(new)) == (401, 200)

    def test_the_second_but_last_secret_ends_at_once(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, first = make()
        second = self.rotated(key_id, tenant, as_tenant)
        self.rotated(key_id, tenant, as_tenant)
        assert (status(first), status(second)) == (401, 200)

    def test_an_overlap_never_outlives_the_old_secret_s_own_end(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, old = make(lifetime=HOUR)
        self.rotated(key_id, tenant, as_tenant, timedelta(days=7))
        with time_machine.travel(clock.now() + 2 * HOUR):
            assert status(old) == 401

    def test_revoking_ends_both(self, make: Any, tenant: Tenant, as_tenant: InTenant) -> None:
        key_id, old = make()
        new = self.rotated(key_id, tenant, as_tenant)
        with as_tenant(tenant):
            key_revoke(key_id=key_id)
        assert (status(old), status(new)) == (401, 401)

    def test_the_pages_show_the_new_secret_once_and_both_in_the_list(
        self, make: Any, tenant: Tenant, member: Any, signed_in: Any
    ) -> None:
        key_id, _old = make()
        client = signed_in(member("admin"))
        url = reverse("accounts:key_rotate", args=[tenant.slug, key_id])
        answer = client.post(url, {"lifetime": "90", "overlap": "24"})
        assert answer["Cache-Control"] == "no-store"
        assert "The former secret works until" in answer.content.decode()
        page = client.get(reverse("accounts:keys", args=[tenant.slug])).content.decode()
        assert "The former secret too, until" in page

    def test_nobody_gets_a_secret_of_more_than_they_may_do(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, _old = make()
        with as_tenant(tenant, role="admin"), scope.use(permissions=frozenset({"keys.manage"})):
            with pytest.raises(Invalid):
                key_rotate(key_id=key_id, lifetime=MONTH, overlap=HOUR)


class TestPersonalKeys:
    @pytest.fixture
    def person(self, member: Any) -> User:
        found: User = member("admin")
        return found

    @pytest.fixture
    def key(self, make: Any, person: User) -> tuple[UUID, str]:
        made: tuple[UUID, str] = make(user=person, as_role="admin", role="")
        return made

    def test_it_acts_as_the_person_with_what_they_may_do_now(
        self, tenant: Tenant, person: User, key: tuple[UUID, str], as_tenant: InTenant
    ) -> None:
        presented = key[1]
        assert add_role(presented) == 201
        with as_tenant(tenant):
            membership = Membership.objects.get(tenant=tenant, user=person)
            member_change_role(membership_id=membership.id, role="viewer")
        assert (status(presented), add_role(presented)) == (200, 403)

    def test_it_opens_one_workspace(
        self, tenant: Tenant, other_tenant: Tenant, person: User, key: tuple[UUID, str], settings: Any
    ) -> None:
        workspaces.member(other_tenant, "admin", user=person)
        headers = {"authorization": f"Bearer {key[1]}", settings.WORKSPACE_HEADER: other_tenant.slug}
        answer = Client(headers=headers).get("/api/v1/members")
        assert answer.json()["code"] == "key_of_another_workspace"

    def test_it_dies_with_the_membership_and_stays_dead(
        self, tenant: Tenant, person: User, key: tuple[UUID, str], as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            member_remove(membership_id=Membership.objects.get(tenant=tenant, user=person).id)
        assert status(key[1]) == 401
        deliver_due()
        workspaces.member(tenant, "admin", user=person)
        assert status(key[1]) == 401

    def test_others_can_revoke_it_but_not_use_it_for_themselves(
        self, tenant: Tenant, key: tuple[UUID, str], as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            with pytest.raises(NotFound):
                key_rotate(key_id=key[0], lifetime=MONTH, overlap=HOUR)
            with pytest.raises(NotFound):
                key_change(key_id=key[0], name="Mine now")
            key_revoke(key_id=key[0])
        assert status(key[1]) == 401

    def test_it_makes_no_keys(self, tenant: Tenant, person: User, as_tenant: InTenant) -> None:
        with as_tenant(tenant, user=person), scope.use(actor=scope.Actor(kind="key")):
            with pytest.raises(PermissionDenied):
                key_create(name="Child", role="", lifetime=MONTH)

    def test_a_key_of_somebody_else_is_not_found_by_those_who_manage_none(
        self, tenant: Tenant, key: tuple[UUID, str], member: Any, signed_in: Any
    ) -> None:
        client = signed_in(member("member"))
        for name in ("accounts:key_change", "accounts:key_rotate"):
            assert client.get(reverse(name, args=[tenant.slug, key[0]])).status_code == 404
        assert client.post(reverse("accounts:key_revoke", args=[tenant.slug, key[0]])).status_code == 404


class TestReminders:
    def test_its_maker_hears_once_that_a_key_runs_out(
        self, make: Any, member: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        maker = member("admin")
        make(user=maker, as_role="admin", name="Import")
        make(user=maker, as_role="admin", name="For a day", lifetime=timedelta(days=1))
        with time_machine.travel(clock.now() + timedelta(days=17)):
            for workspaces_told in (1, 0):
                assert ending_keys_sweep() == workspaces_told
                with as_tenant(tenant):
                    ending_keys_tell()
                deliver_due()
            with as_tenant(tenant, user=maker):
                told = list(Notification.objects.filter(kind="keys.ending"))
        assert [(found.user_id, found.values["key"], found.channel) for found in told] == [
            (maker.id, "Import", "mail")
        ]

    def test_nobody_hears_of_a_key_that_was_replaced(
        self, make: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        key_id, _presented = make()
        with time_machine.travel(clock.now() + timedelta(days=17)):
            with as_tenant(tenant):
                ending_keys_tell()
                key_rotate(key_id=key_id, lifetime=MONTH, overlap=HOUR)
            deliver_due()
            with as_tenant(tenant):
                assert not Notification.objects.filter(kind="keys.ending").exists()
