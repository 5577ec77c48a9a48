"""What a workspace demands of those who come in, for browsers, tokens and keys; each from the next request on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.methods import methods_of
from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.accounts.tokens.authentication import token_authenticate
from apps.accounts.tokens.sessions import Tokens, session_begin, session_refresh
from apps.audit.interface import Filters, audit
from apps.audit.models import AuditEntry
from apps.core import clock, scope, step_up
from apps.core.errors import Invalid, PermissionDenied
from apps.events.upkeep import deliver_due
from apps.notifications.models import Notification
from apps.tenancy import gate
from apps.tenancy.interface import SecondStepRequired, SessionOver
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.policy import policy_lift, policy_set
from apps.tenancy.services.standing import ownership_transfer
from tests.factories import tenancy as workspaces

pytestmark = pytest.mark.django_db
InTenant = Callable[..., AbstractContextManager[scope.Scope]]
OFFICE, HOME = "192.0.2.7", "198.51.100.1"
RANGES = ["192.0.2.0/24"]
NOW = clock.now()
OPEN = {
    "requires_second_step": False,
    "session_hours": None,
    "idle_minutes": None,
    "ranges": [],
    "exempt_owner_id": None,
}
Demand = Callable[..., None]


@pytest.fixture
def owner(member: Any) -> User:
    found: User = member("owner")
    return found


@pytest.fixture
def demand(tenant: Tenant, owner: User, as_tenant: InTenant) -> Demand:
    """Set the policy, as an owner in the office with a second step."""

    def set_policy(**changes: Any) -> None:
        with as_tenant(tenant, user=owner), scope.use(address=OFFICE):
            policy_set(**OPEN | {"has_second_step": True} | changes)

    return set_policy


@pytest.fixture
def page(tenant: Tenant) -> str:
    return reverse("tenancy:members", args=[tenant.slug])


def signed_in_by(client: Client, *methods: str) -> Client:
    session = client.session
    step_up.note_methods(session, methods)
    session.save()
    return client


def sign_in(user: User, *methods: str, address: str = OFFICE) -> Tokens:
    with scope.use(address=address):
        return session_begin(
            user=user,
            methods=methods or ["pwd"],
            authenticated_at=clock.now(),
            user_agent="",
            address=address,
        )


def call(presented: str, address: str = OFFICE) -> Any:
    client = Client(headers={"authorization": f"Bearer {presented}"}, REMOTE_ADDR=address)
    answer = client.get("/api/v1/members")
    return answer.json().get("code") if answer.status_code >= 400 else answer.status_code


class TestLifting:
    def test_a_command_opens_the_door_where_nobody_can_come_in(
        self, demand: Demand, tenant: Tenant, owner: User, signed_in: Any, page: str, as_tenant: InTenant
    ) -> None:
        demand(requires_second_step=True, ranges=RANGES)
        client = signed_in(owner)
        assert client.get(page, REMOTE_ADDR=HOME).status_code == 403

        call_command("workspace", "lift_policy", tenant.slug, stdout=StringIO())

        assert client.get(page, REMOTE_ADDR=HOME).status_code == 200
        with as_tenant(tenant):
            newest = audit().list_entries(filters=Filters(action="workspace.policy_set")).entries[0]
        assert newest.actor_kind == "system"
        assert newest.before["allowed_ranges"] == RANGES
        assert newest.after["allowed_ranges"] == []

    def test_no_owner_lifts_it_so(self, tenant: Tenant, owner: User, as_tenant: InTenant) -> None:
        with as_tenant(tenant, user=owner), pytest.raises(PermissionDenied):
            policy_lift(tenant_id=tenant.id)


class TestBrowser:
    def test_a_member_without_a_second_step_is_led_to_it(
        self, demand: Demand, member: Any, signed_in: Any, page: str
    ) -> None:
        client = signed_in(member("member"))
        assert client.get(page).status_code == 200
        demand(requires_second_step=True)
        answer = client.get(page)
        assert answer.status_code == 403
        assert reverse("account:security") in answer.content.decode()
        assert client.get(reverse("account:security")).status_code == 200
        assert signed_in_by(client, "pwd").get(page).status_code == 403
        assert signed_in_by(client, "pwd", "otp", "mfa").get(page).status_code == 200

    def test_addresses(self, demand: Demand, member: Any, signed_in: Any, page: str) -> None:
        client = signed_in(member("member"))
        demand(ranges=RANGES)
        assert client.get(page, REMOTE_ADDR=OFFICE).status_code == 200
        assert client.get(page, REMOTE_ADDR=HOME).status_code == 403

    def test_a_session_is_confirmed_after_hours(
        self, demand: Demand, member: Any, signed_in: Any, page: str
    ) -> None:
        client = signed_in(member("member"))
        demand(session_hours=1)
        assert client.get(page).status_code == 200
        with time_machine.travel(clock.now() + timedelta(hours=2)):
            answer = client.get(page)
            assert answer.status_code == 302
            assert answer.url.startswith(reverse("account_reauthenticate"))

    def test_and_after_a_pause_whatever_else_is_open(
        self, demand: Demand, member: Any, signed_in: Any, page: str
    ) -> None:
        client = signed_in(member("member"))
        demand(idle_minutes=15)
        began = clock.now()
        for minutes in (0, 10, 20, 30):
            with time_machine.travel(began + timedelta(minutes=minutes)):
                assert client.get(page).status_code == 200
        with time_machine.travel(began + timedelta(minutes=50)):
            client.get(reverse("account:profile"))
            assert client.get(page).status_code == 302

    def test_other_workspaces_stay_open(
        self, demand: Demand, other_tenant: Tenant, member: Any, signed_in: Any
    ) -> None:
        person = member("member")
        workspaces.member(other_tenant, "member", user=person)
        demand(requires_second_step=True)
        other = reverse("tenancy:members", args=[other_tenant.slug])
        assert signed_in(person).get(other).status_code == 200

    def test_home_leads_to_them(
        self, demand: Demand, tenant: Tenant, other_tenant: Tenant, member: Any, signed_in: Any, page: str
    ) -> None:
        person = member("member")
        workspaces.member(other_tenant, "member", user=person)
        client = signed_in(person)
        client.get(page)
        assert client.get(reverse("home")).url == reverse("workspace", args=[tenant.slug])
        demand(requires_second_step=True)
        assert client.get(reverse("home")).url == reverse("workspace", args=[other_tenant.slug])

    def test_a_refusal_is_an_entry(
        self, demand: Demand, tenant: Tenant, member: Any, signed_in: Any, page: str, as_tenant: InTenant
    ) -> None:
        person = member("member")
        demand(ranges=RANGES)
        signed_in(person).get(page, REMOTE_ADDR=HOME)
        with as_tenant(tenant):
            entry = AuditEntry.objects.select_related("detail").get(action="access.kept_out")
        assert entry.actor_id == person.id
        assert entry.detail.after == {"rule": "address_outside_workspace", "address": HOME}

    def test_the_way_to_other_workspaces_is_shown_to_who_has_one(
        self, demand: Demand, other_tenant: Tenant, member: Any, signed_in: Any, page: str
    ) -> None:
        person = member("member")
        demand(ranges=RANGES)
        browser = signed_in(person)
        assert "Your other workspaces" not in browser.get(page, REMOTE_ADDR=HOME).content.decode()

        workspaces.member(other_tenant, "member", user=person)
        assert "Your other workspaces" in browser.get(page, REMOTE_ADDR=HOME).content.decode()

    @pytest.mark.parametrize(
        "shut",
        [
            {"allowed_ranges": RANGES},
            {"suspended_at": NOW, "suspension_reason": "Spam"},
            {"erase_due_at": NOW},
        ],
        ids=["policy", "suspended", "deleted"],
    )
    def test_it_is_not_shown_to_whom_all_of_them_keep_out(
        self, demand: Demand, other_tenant: Tenant, member: Any, signed_in: Any, page: str, shut: Any
    ) -> None:
        person = member("member")
        workspaces.member(other_tenant, "member", user=person)
        demand(ranges=RANGES)
        with scope.as_role("platform"), transaction.atomic():
            Tenant.objects.filter(id=other_tenant.id).update(**shut)
        browser = signed_in(person)
        for address in (page, reverse("tenancy:members", args=[other_tenant.slug])):
            answer = browser.get(address, REMOTE_ADDR=HOME)
            assert answer.status_code == 403
            assert "Your other workspaces" not in answer.content.decode()
        assert browser.get(page, REMOTE_ADDR=OFFICE).status_code == 200


class TestTokens:
    def test_a_tightened_policy_ends_them_at_the_next_request_and_refresh(
        self, demand: Demand, member: Any
    ) -> None:
        tokens = sign_in(member("member"))
        assert call(tokens.access) == 200
        demand(requires_second_step=True)
        assert call(tokens.access) == "token_refused"
        with scope.use(address=OFFICE):
            tokens = session_refresh(presented=tokens.refresh)
        assert tokens.workspace == ""
        demand()
        with scope.use(address=OFFICE):
            assert call(session_refresh(presented=tokens.refresh).access) == 200

    def test_who_is_kept_out_finds_their_other_workspaces(
        self, demand: Demand, other_tenant: Tenant, member: Any
    ) -> None:
        person = member("member")
        tokens = sign_in(person)
        workspaces.member(other_tenant, "member", user=person)
        demand(ranges=RANGES)

        with scope.use(address=HOME):
            tokens = session_refresh(presented=tokens.refresh)
            answer = Client().get(
                "/api/auth/app/v1/auth/session", headers={"authorization": f"Bearer {tokens.access}"}
            )
            listed = {found["slug"] for found in answer.json()["data"]["workspaces"]}
            assert other_tenant.slug in listed
            elsewhere = session_refresh(presented=tokens.refresh, workspace=other_tenant.slug)
        assert elsewhere.workspace == other_tenant.slug

    def test_a_pause_that_was_too_long_is_not_made_good_by_a_refresh(
        self, demand: Demand, member: Any
    ) -> None:
        demand(idle_minutes=15)
        tokens = sign_in(member("member"))
        with time_machine.travel(clock.now() + timedelta(minutes=20)), scope.use(address=OFFICE):
            for _each in range(2):
                with pytest.raises(SessionOver):
                    session_refresh(presented=tokens.refresh)

    @pytest.mark.parametrize("methods", [["pwd", "otp", "mfa"], ["hwk"]])
    def test_a_second_step_or_a_passkey_lets_in(
        self, demand: Demand, member: Any, methods: list[str]
    ) -> None:
        demand(requires_second_step=True)
        assert call(sign_in(member("member"), *methods).access) == 200

    def test_a_log_in_that_is_not_good_enough_opens_no_workspace(self, demand: Demand, member: Any) -> None:
        demand(requires_second_step=True)
        assert sign_in(member("member")).workspace == ""

    def test_a_token_is_bound_to_the_addresses(self, demand: Demand, member: Any) -> None:
        demand(ranges=RANGES)
        tokens = sign_in(member("member"))
        assert call(tokens.access) == 200
        assert call(tokens.access, HOME) == "address_outside_workspace"
        with scope.use(address=HOME):
            assert session_refresh(presented=tokens.refresh).workspace == ""

    def test_a_refusal_at_refresh_and_at_switching_is_an_entry(
        self, demand: Demand, tenant: Tenant, other_tenant: Tenant, member: Any, as_tenant: InTenant
    ) -> None:
        person = member("member", name="Ada Lovelace")
        here = sign_in(person)
        workspaces.member(other_tenant, "member", user=person)
        elsewhere = sign_in(person)
        with scope.use(address=OFFICE):
            there = session_refresh(presented=elsewhere.refresh, workspace=other_tenant.slug)
        demand(ranges=RANGES)
        with scope.use(address=HOME):
            session_refresh(presented=here.refresh)
        demand(requires_second_step=True)
        with scope.use(address=OFFICE), pytest.raises(SecondStepRequired):
            session_refresh(presented=there.refresh, workspace=tenant.slug)

        with as_tenant(tenant):
            entries = audit().list_entries(filters=Filters(action="access.kept_out")).entries
        assert [(entry.actor_id, entry.after["rule"], entry.address) for entry in entries] == [
            (person.id, "second_step_required", OFFICE),
            (person.id, "address_outside_workspace", HOME),
        ]


class TestSignIn:
    def test_a_new_way_to_log_in_reaches_the_policy_from_browsers_and_apps(
        self, member: Any, tenant: Tenant
    ) -> None:
        methods = methods_of([{"method": "saml"}])
        session: dict[str, Any] = {}
        step_up.note_methods(session, methods)
        app = token_authenticate(presented=sign_in(member("member"), *methods).access)

        assert gate.of_browser(session, tenant).methods == gate.of_token(app).methods == {"saml"}
        assert not gate.of_token(app).has_second_step


class TestKeys:
    def test_a_key_comes_from_the_workspace_s_addresses(self, demand: Demand, tenant: Tenant) -> None:
        presented = workspaces.key_headers(tenant)["authorization"].removeprefix("Bearer ")
        assert call(presented, HOME) == 200
        demand(ranges=RANGES)
        assert call(presented, OFFICE) == 200
        assert call(presented, HOME) == "address_outside_workspace"

    def test_a_personal_key_is_no_way_around_the_second_step(
        self, demand: Demand, tenant: Tenant, member: Any, as_tenant: InTenant
    ) -> None:
        person = member("admin")
        with as_tenant(tenant, role="admin", user=person):
            _key, presented = key_create(name="Mine", role="", lifetime=timedelta(days=1))
        of_the_workspace = workspaces.key_headers(tenant)["authorization"].removeprefix("Bearer ")
        demand(requires_second_step=True)
        assert call(of_the_workspace) == 200
        assert call(presented) == "second_step_required"
        TOTP.activate(person, generate_totp_secret())
        assert call(presented) == 200

    def test_but_for_the_exempt_owner(
        self, demand: Demand, tenant: Tenant, owner: User, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant, user=owner):
            _key, presented = key_create(name="Mine", role="", lifetime=timedelta(days=1))
        demand(requires_second_step=True, exempt_owner_id=owner.id)
        assert call(presented) == 200


def membership_of(user: User) -> UUID:
    return Membership.objects.get(tenant_id=scope.tenant_id(), user=user).id


def demote(tenant: Tenant, owner: User) -> None:
    with workspaces.scope_of(tenant):
        member_change_role(membership_id=membership_of(owner), role="admin")


def remove(tenant: Tenant, owner: User) -> None:
    with workspaces.scope_of(tenant):
        member_remove(membership_id=membership_of(owner))


def hand_over(tenant: Tenant, owner: User) -> None:
    heir = workspaces.member(tenant)
    with workspaces.scope_of(tenant, user=owner):
        ownership_transfer(membership_id=membership_of(heir), confirm=tenant.name)


class TestExemptOwner:
    def test_they_come_in_and_every_owner_hears_of_it(
        self, demand: Demand, tenant: Tenant, owner: User, signed_in: Any, page: str, as_tenant: InTenant
    ) -> None:
        demand(ranges=RANGES, requires_second_step=True, exempt_owner_id=owner.id)
        caches["limits"].clear()
        client = signed_in(owner)
        for _each in range(2):
            assert client.get(page, REMOTE_ADDR=HOME).status_code == 200
        deliver_due()
        with as_tenant(tenant):
            assert AuditEntry.objects.filter(action="workspace.policy_bypassed").count() == 1
        with scope.as_role("platform"):
            told = Notification.objects.filter(tenant_id=tenant.id, kind="workspace.policy_bypassed")
            assert (told.count(), set(told.values_list("channel", flat=True))) == (2, {"mail"})

    def test_session_lengths_hold_for_them_too(
        self, demand: Demand, owner: User, signed_in: Any, page: str
    ) -> None:
        demand(session_hours=1, exempt_owner_id=owner.id)
        client = signed_in(owner)
        with time_machine.travel(clock.now() + timedelta(hours=2)):
            assert client.get(page).status_code == 302

    def test_an_exempt_owner_who_is_no_owner_any_more_is_not_exempt(
        self, demand: Demand, tenant: Tenant, owner: User, signed_in: Any, page: str, as_tenant: InTenant
    ) -> None:
        demand(ranges=RANGES, exempt_owner_id=owner.id)
        with as_tenant(tenant):
            membership = Membership.objects.get(tenant=tenant, user=owner)
            member_change_role(membership_id=membership.id, role="admin")
        assert signed_in(owner).get(page, REMOTE_ADDR=HOME).status_code == 403

    @pytest.mark.parametrize("stop", [demote, remove, hand_over])
    def test_nor_should_they_become_one_again(
        self,
        stop: Callable[[Tenant, User], None],
        demand: Demand,
        tenant: Tenant,
        owner: User,
        signed_in: Any,
        page: str,
    ) -> None:
        demand(ranges=RANGES, exempt_owner_id=owner.id)
        stop(tenant, owner)
        with scope.use(tenant_id=tenant.id), transaction.atomic():
            Membership.objects.update_or_create(tenant=tenant, user=owner, defaults={"role": "owner"})
        assert signed_in(owner).get(page, REMOTE_ADDR=HOME).status_code == 403


class TestSetting:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"ranges": ["203.0.113.0/24"]}, "ranges"),
            ({"requires_second_step": True, "has_second_step": False}, "requires_second_step"),
            ({"session_hours": 0}, "session_hours"),
            ({"idle_minutes": 1}, "idle_minutes"),
        ],
    )
    def test_nobody_locks_themselves_out(self, demand: Demand, changes: Any, field: str) -> None:
        with pytest.raises(Invalid) as refused:
            demand(**changes)
        assert list(refused.value.fields) == [field]

    def test_unless_they_are_exempt(self, demand: Demand, owner: User) -> None:
        demand(ranges=["203.0.113.0/24"], exempt_owner_id=owner.id)

    def test_only_an_owner_is_exempt(self, demand: Demand, member: Any) -> None:
        with pytest.raises(Invalid):
            demand(exempt_owner_id=member("admin").id)

    def test_only_owners_set_it(
        self, tenant: Tenant, as_tenant: InTenant, member: Any, signed_in: Any
    ) -> None:
        with as_tenant(tenant, role="admin"), pytest.raises(PermissionDenied):
            policy_set(**OPEN, has_second_step=True)
        url = reverse("tenancy:security", args=[tenant.slug])
        assert signed_in(member("admin")).get(url).status_code == 403

    def test_the_page(
        self,
        tenant: Tenant,
        owner: User,
        signed_in: Any,
        as_tenant: InTenant,
        django_assert_max_num_queries: Any,
    ) -> None:
        client, url = signed_in(owner), reverse("tenancy:security", args=[tenant.slug])
        assert client.post(url, {"requires_second_step": "on"}).status_code == 422
        assert client.post(url, {"session_hours": "8", "ranges": "127.0.0.1"}).status_code == 302
        with django_assert_max_num_queries(8):
            shown = client.get(url).content.decode()
        assert "127.0.0.1/32" in shown
        with as_tenant(tenant):
            entry = AuditEntry.objects.select_related("detail").get(action="workspace.policy_set")
        assert (entry.detail.before["session_hours"], entry.detail.after["session_hours"]) == (None, 8)
