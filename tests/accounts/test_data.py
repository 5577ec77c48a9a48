"""What is kept of a person: given to them once, and forgotten when they leave."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.interface import SoleOwner
from apps.accounts.models import DataExport, PersonErasure, User
from apps.accounts.services.data_exports import data_export_gather, data_exports_forget
from apps.accounts.services.erasing import person_erase, person_erase_begin
from apps.accounts.services.keys import key_create
from apps.accounts.services.profile import profile_update
from apps.core import clock, scope
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.notifications.models import Suppression
from apps.notifications.services.suppressions import address_suppress
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.joining import invitation_accept
from apps.tenancy.services.members import member_remove
from apps.tenancy.services.requests import access_request
from apps.tenancy.services.support import support_end_by_owner
from tests.factories import support
from tests.factories import tenancy as workspaces
from tests.factories.accounts import let_time_pass, person

pytestmark = pytest.mark.django_db
DATA, DELETE = reverse("account:data"), reverse("account:delete")
HOME = "198.51.100.77"


@pytest.fixture
def ada(member: Any) -> User:
    user: User = member("member", email="ada@lovelace.example", name="Ada Lovelace")
    return user


@pytest.fixture
def browser(ada: User, signed_in: Any) -> Client:
    client: Client = signed_in(ada)
    return client


def export_of(user: User) -> DataExport:
    with scope.use(user_id=user.id):
        return DataExport.objects.get(user=user)


def fetch(client: Client, export: DataExport) -> Any:
    return client.post(reverse("account:data_fetch", args=[export.id]))


class TestExport:
    def test_is_gathered_in_the_background_and_announced_by_mail(self, browser: Client, ada: User) -> None:
        browser.post(DATA)
        assert export_of(ada).is_waiting

        run_due_tasks()

        assert export_of(ada).is_ready
        assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([ada.email], "Your data is ready")
        assert DATA in mail.outbox[-1].body

    def test_holds_what_the_modules_keep_and_no_secret(
        self, browser: Client, ada: User, tenant: Tenant
    ) -> None:
        browser.post(DATA)
        run_due_tasks()

        answer = fetch(browser, export_of(ada))

        assert answer["Cache-Control"] == "private, no-store"
        files = {name: ZipFile(io.BytesIO(answer.content)).read(name) for name in _names(answer.content)}
        profile, workspaces_of = json.loads(files["profile.json"]), json.loads(files["workspaces.json"])
        assert (profile[0]["email"], profile[0]["name"]) == (ada.email, "Ada Lovelace")
        assert [each["tenant__name"] for each in workspaces_of] == [tenant.name]
        activity = json.loads(files["activity.json"])
        assert [each["what"] for each in activity] == ["Ada Lovelace asked for their data."]
        assert ada.password.encode() not in b"".join(files.values())

    def test_tells_from_where_ones_own_keys_were_used_and_not_the_workspace_s(
        self, browser: Client, ada: User, tenant: Tenant, as_tenant: Any
    ) -> None:
        make_key(tenant, ada, as_tenant, name="Mine", role="")
        make_key(tenant, ada, as_tenant, name="Import", role="viewer")
        browser.post(DATA)
        run_due_tasks()

        archive = ZipFile(io.BytesIO(fetch(browser, export_of(ada)).content))

        [own], [other] = (
            json.loads(archive.read(f"{name}.json")) for name in ("personal_api_keys", "api_keys")
        )
        assert (own["name"], own["last_used_from"]) == ("Mine", HOME)
        assert other["name"] == "Import"
        assert "last_used_from" not in other

    def test_is_fetched_once(self, browser: Client, ada: User) -> None:
        browser.post(DATA)
        run_due_tasks()
        export = export_of(ada)
        assert fetch(browser, export).status_code == 200

        answer = fetch(browser, export)
        assert answer.status_code == 410
        assert DATA in answer.content.decode()
        assert export_of(ada).content is None

    def test_is_for_nobody_else(self, browser: Client, ada: User, member: Any, signed_in: Any) -> None:
        browser.post(DATA)
        run_due_tasks()

        assert fetch(signed_in(member("owner")), export_of(ada)).status_code == 410
        assert export_of(ada).is_ready

    def test_is_deleted_when_nobody_fetched_it_for_a_day(
        self, browser: Client, ada: User, time_machine: Any
    ) -> None:
        browser.post(DATA)
        run_due_tasks()

        time_machine.move_to(clock.now() + timedelta(hours=25))
        data_exports_forget()

        assert not export_of(ada).is_ready
        assert export_of(ada).content is None

    def test_that_was_not_gathered_for_a_day_has_failed_and_can_be_asked_for_again(
        self, browser: Client, ada: User
    ) -> None:
        browser.post(DATA)
        failed = export_of(ada)
        with scope.as_role("platform"):
            DataExport.objects.update(asked_at=clock.now() - timedelta(days=1))
        assert "Gather my data" in browser.get(DATA).content.decode()

        browser.post(DATA)
        data_exports_forget()

        assert export_of(ada).is_waiting
        assert export_of(ada).id != failed.id

    @pytest.mark.parametrize("address", [DATA, DELETE])
    def test_asks_once_more_who_it_is(self, browser: Client, address: str) -> None:
        let_time_pass(browser)
        answer = browser.post(address, {"confirm": "ada@lovelace.example"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_reauthenticate"))


class TestErasing:
    def delete(self, client: Client, confirm: str = "ada@lovelace.example") -> Any:
        return client.post(DELETE, {"confirm": confirm})

    def test_another_address_erases_nobody(self, browser: Client, ada: User) -> None:
        assert self.delete(browser, "eva@lovelace.example").status_code == 422
        ada.refresh_from_db()
        assert ada.is_active

    def test_the_only_owner_of_a_workspace_is_told_which(
        self, browser: Client, ada: User, tenant: Tenant
    ) -> None:
        own = workspaces.workspace(owner=ada, name="Analytical Engines")

        answer = self.delete(browser)

        assert answer.status_code == 422
        assert f">{own.name}</a></li>" in answer.content.decode()
        assert f">{tenant.name}</a></li>" not in answer.content.decode()

    def test_the_last_of_several_owners_who_leave_at_once_stays(
        self, browser: Client, ada: User, signed_in: Any
    ) -> None:
        own = workspaces.workspace(owner=ada)
        eve = workspaces.member(own, "owner", email="eve@example.com")
        self.delete(browser)

        answer = self.delete(signed_in(eve), eve.email)

        assert answer.status_code == 422, "Ada is not erased yet, but no owner any more"
        eve.refresh_from_db()
        assert eve.is_active

    @pytest.mark.django_db(transaction=True)
    def test_of_two_owners_who_leave_in_the_same_instant_one_stays(self) -> None:
        own = workspaces.workspace()
        with scope.as_role("platform"):
            owners = [Membership.objects.select_related("user").get(tenant=own).user]
        owners.append(workspaces.member(own, "owner"))
        together = Barrier(len(owners))

        def leave(user: User) -> bool:
            try:
                with workspaces.acting_as(user):
                    together.wait(timeout=10)
                    person_erase_begin(user=user, confirm=user.email)
                return True
            except SoleOwner:
                return False
            finally:
                connection.close()

        with ThreadPoolExecutor(len(owners)) as threads:
            assert sorted(threads.map(leave, owners)) == [False, True]

    def test_nothing_is_gathered_of_who_was_erased_meanwhile(self, browser: Client, ada: User) -> None:
        browser.post(DATA)
        export = export_of(ada)
        person_erase(user_id=ada.id)
        data_export_gather(export_id=export.id, user_id=ada.id)
        assert mail.outbox == []

    def test_shuts_out_at_once(self, browser: Client, ada: User) -> None:
        self.delete(browser)

        assert browser.get(DATA).status_code == 302
        ada.refresh_from_db()
        assert not ada.is_active

    def test_leaves_no_trace_of_address_and_name(self, browser: Client, ada: User, tenant: Tenant) -> None:
        browser.post(DATA)
        self.delete(browser)
        run_due_tasks()

        with scope.as_role("platform"):
            receipt = PersonErasure.objects.get(person_id=ada.id)
            assert receipt.erased_at
            assert not Membership.objects.filter(user=ada).exists()
        assert mail.outbox[-1].to == ["ada@lovelace.example"]
        assert traces("lovelace") == {}
        call_command("audit", "verify", stdout=StringIO())

    def test_leaves_no_trace_with_those_who_invited_them_and_heard_of_them(
        self, tenant: Tenant, as_tenant: Any, signed_in: Any
    ) -> None:
        with as_tenant(tenant):
            invitation = invitation_create(email="bea@lovelace.example", role="member")
        bea = person(email="bea@lovelace.example", name="Bea Lovelace")
        invitation_accept(token=token_of(invitation.id), user_id=bea.id)
        with as_tenant(tenant, role="member", user=bea):
            access_request(permission="members.invite", message="For our friends of lovelace.example")
        deliver_due()
        assert traces("lovelace")["notifications_notification.values"] == 2

        signed_in(bea).post(DELETE, {"confirm": bea.email})
        run_due_tasks()

        assert traces("lovelace") == {}

    def test_leaves_no_trace_of_a_former_name_in_a_workspace_left_since_and_the_namesake_s_in_peace(
        self, tenant: Tenant, as_tenant: Any
    ) -> None:
        bea, namesake = (person(email=f"{name}@example.com", name="Bea Byron") for name in ("bea", "other"))
        for somebody in (bea, namesake):
            with as_tenant(tenant):
                invitation = invitation_create(email=somebody.email, role="member")
            invitation_accept(token=token_of(invitation.id), user_id=somebody.id)
        deliver_due()
        with as_tenant(tenant):
            member_remove(membership_id=Membership.objects.get(user=bea).id)
        profile_update(user_id=bea.id, name="Bea King")
        assert traces("Byron")["notifications_notification.values"] == 2

        person_erase_begin(user=bea, confirm=bea.email)
        run_due_tasks()

        assert traces("Byron")["notifications_notification.values"] == 1

    def test_leaves_no_trace_of_the_address_they_had_when_they_were_invited(
        self, tenant: Tenant, as_tenant: Any, signed_in: Any, link_in: Any
    ) -> None:
        with as_tenant(tenant):
            invitation = invitation_create(email="bea@lovelace.example", role="member")
        bea = person(email="bea@lovelace.example", name="Bea")
        invitation_accept(token=token_of(invitation.id), user_id=bea.id)
        client = signed_in(bea)
        client.post(reverse("account_email"), {"email": "bea@babbage.example", "action_add": "1"})
        client.post(link_in(mail.outbox[-1]))
        with scope.as_role("platform"):
            address_suppress(address="bea@lovelace.example", reason=Suppression.Reason.BOUNCED)
        deliver_due()
        assert "tenancy_invitation.email" in traces("lovelace")

        client.post(DELETE, {"confirm": "bea@babbage.example"})
        run_due_tasks()

        assert traces("lovelace") == {}

    def test_leaves_no_trace_of_where_ones_own_keys_were_used(
        self, browser: Client, ada: User, tenant: Tenant, as_tenant: Any
    ) -> None:
        make_key(tenant, ada, as_tenant, name="Ada's laptop", role="")
        self.delete(browser)
        run_due_tasks()
        deliver_due()

        assert (traces(HOME), traces("Ada's")) == ({}, {})

    @pytest.mark.parametrize("who", ["staff", "member"])
    def test_leaves_no_trace_of_who_worked_or_was_stood_in_for_by_support(
        self, tenant: Tenant, as_tenant: Any, who: str
    ) -> None:
        staff, member = support.support(name="Sam Byron"), workspaces.member(tenant, name="Bea Byron")
        support.begin(tenant, member, staff=staff, reason=f"{member.display_name} sees no chart")
        (session,) = support.sessions(tenant)
        with as_tenant(tenant):
            support_end_by_owner(session_id=session.id)
        deliver_due()

        erased = {"staff": staff, "member": member}[who]
        person_erase_begin(user=erased, confirm=erased.email)
        run_due_tasks()

        assert traces(erased.name) == {}


class TestCommand:
    """`manage.py erase_person`, for those who ask by letter."""

    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("erase_person", *arguments, stdout=out, no_color=True)
        return out.getvalue()

    def test_erases_and_is_recorded_as_the_operator_s(self, ada: User, acts: Any) -> None:
        said = self.run("Ada@Lovelace.example", "--yes")
        assert said.startswith("Ada Lovelace <ada@lovelace.example> is logged out everywhere")
        [entry] = acts()
        assert (entry.action, entry.actor_kind, entry.target_id) == (
            "account.erasure_ordered",
            "system",
            ada.id,
        )

        run_due_tasks()
        ada.refresh_from_db()
        assert (ada.is_active, ada.name) == (False, "")

    @pytest.mark.parametrize("typed", ["eva@lovelace.example", ""])
    def test_another_address_typed_erases_nobody(
        self, ada: User, typed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", StringIO(f"{typed}\n" if typed else ""))
        with pytest.raises(CommandError, match="Nobody was erased"):
            self.run(ada.email)
        ada.refresh_from_db()
        assert ada.is_active

    def test_the_only_owner_is_refused_with_the_workspaces(self, ada: User) -> None:
        workspaces.workspace(owner=ada, name="Analytical Engines")
        with pytest.raises(CommandError, match="the only owner of “Analytical Engines”"):
            self.run(ada.email, "--yes")
        ada.refresh_from_db()
        assert ada.is_active

    def test_nobody_has_the_address(self) -> None:
        with pytest.raises(CommandError, match="Nobody has an account"):
            self.run("eva@lovelace.example", "--yes")


def make_key(tenant: Tenant, user: User, as_tenant: Any, **details: str) -> None:
    """Make a key of a person's, and use it at home."""
    with as_tenant(tenant, role="owner", user=user):
        _key, presented = key_create(lifetime=timedelta(days=30), **details)
    headers = {"authorization": f"Bearer {presented}"}
    assert Client(headers=headers, REMOTE_ADDR=HOME).get("/api/v1/members").status_code == 200


def traces(word: str) -> dict[str, int]:
    """Return in which columns of any schema a word is, and in how many rows."""
    found = {}
    with scope.as_role("platform"), connection.cursor() as cursor:
        cursor.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where data_type in ('text', 'character varying', 'jsonb', 'ARRAY', 'inet')"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        )
        for schema, table, column in cursor.fetchall():
            cursor.execute(
                f'select count(*) from "{schema}"."{table}" where "{column}"::text ilike %s', [f"%{word}%"]
            )
            if count := cursor.fetchone()[0]:
                found[f"{table}.{column}"] = count
    return found


def _names(content: bytes) -> list[str]:
    return ZipFile(io.BytesIO(content)).namelist()
