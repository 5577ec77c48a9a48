"""Host names of workspaces: proving one, what it serves, what it doesn't, and giving it up."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.core import scope
from apps.core.errors import Conflict, Invalid, PermissionDenied, Unavailable
from apps.tenancy.interface import HostNotFound, HostTaken, HostUnproven, TooManyHostChecks
from apps.tenancy.models import HostName, Tenant
from apps.tenancy.services import hosts
from apps.tenancy.services.hosts import (
    base_url_of,
    host_add,
    host_remove,
    host_verify,
    proof_of,
    tenant_of_host,
)
from tests.architecture.leaks import routes
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.fakes.dns import FakeDns

SignIn = Callable[[User], Client]
Member = Callable[..., User]
InTenant = Callable[..., AbstractContextManager[scope.Scope]]
HOST = "radar.acme.com"


@pytest.fixture(autouse=True)
def _dns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeDns, "records", {})
    monkeypatch.setattr(FakeDns, "is_down", False)


def prove(name: HostName) -> None:
    record, value = proof_of(name)
    FakeDns.records.setdefault(record, {"v=spf1 -all"}).add(value)


def verified(tenant: Tenant, host: str = HOST) -> HostName:
    with workspaces.scope_of(tenant):
        name = host_add(host=host)
        prove(name)
        return host_verify(host_id=name.id)


@pytest.fixture
def host(tenant: Tenant) -> HostName:
    """A verified host name of `tenant`."""
    return verified(tenant)


@pytest.fixture
def inside(tenant: Tenant) -> Iterator[None]:
    with workspaces.scope_of(tenant):
        yield


@pytest.mark.usefixtures("inside")
class TestProving:
    def test_the_record_in_the_dns_does_it(self) -> None:
        name = host_add(host=f" {HOST.upper()}. ")
        assert (name.host, name.verified_at) == (HOST, None)
        with pytest.raises(HostUnproven):
            host_verify(host_id=name.id)

        prove(name)

        assert host_verify(host_id=name.id).verified_at

    def test_the_proof_of_another_workspace_is_none(self, other_tenant: Tenant) -> None:
        name = host_add(host=HOST)
        with workspaces.scope_of(other_tenant):
            prove(host_add(host=HOST))

        with pytest.raises(HostUnproven):
            host_verify(host_id=name.id)

    def test_a_name_leads_to_one_workspace(self, other_tenant: Tenant) -> None:
        verified(other_tenant)
        name = host_add(host=HOST)
        prove(name)

        with pytest.raises(HostTaken):
            host_verify(host_id=name.id)
        assert tenant_of_host(HOST) == other_tenant.id

    def test_looking_again_and_again_is_refused(self) -> None:
        name = host_add(host=HOST)
        for _check in range(hosts.MOST_CHECKS):
            with pytest.raises(HostUnproven):
                host_verify(host_id=name.id)

        prove(name)
        with pytest.raises(TooManyHostChecks):
            host_verify(host_id=name.id)

    def test_without_valkey_a_change_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_arguments: Any, **_named: Any) -> None:
            raise RedisError

        name = host_add(host=HOST)
        prove(name)
        for method in ("get", "set", "add", "incr"):
            monkeypatch.setattr(cache, method, fail)

        assert host_verify(host_id=name.id).verified_at
        assert tenant_of_host(HOST) == name.tenant_id

    def test_a_dns_that_is_down_says_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        name = host_add(host=HOST)
        monkeypatch.setattr(FakeDns, "is_down", True)

        with pytest.raises(Unavailable):
            host_verify(host_id=name.id)

    @pytest.mark.parametrize(
        "host",
        [
            "",
            "acme",
            "https://acme.com",
            "acme.com/path",
            "acme.com:8000",
            "-a.com",
            "a..com",
            "127.0.0.1",
            "[::1]",
            "10.0.0.1.",
            "*.acme.com",
            "a_b.com",
            "x" * 64 + ".com",
            "a." * 130 + "com",
            "acme.localhost",
            "testserver",
            "app.testserver",
            "localhost",
            "acme.com\x00",
            "ácme..com",
        ],
    )
    def test_what_is_no_name_of_theirs_is_refused(self, host: str) -> None:
        with pytest.raises(Invalid):
            host_add(host=host)

    def test_a_name_with_umlauts_is_kept_as_the_dns_knows_it(self) -> None:
        assert host_add(host="büro.example").host == "xn--bro-hoa.example"

    def test_a_name_stands_in_the_list_once(self) -> None:
        host_add(host=HOST)

        with pytest.raises(Conflict):
            host_add(host=HOST)

    def test_the_list_is_short(self) -> None:
        for number in range(hosts.MOST_HOSTS):
            host_add(host=f"h{number}.acme.com")

        with pytest.raises(Conflict):
            host_add(host=HOST)

    def test_names_of_this_machine_need_no_dns_in_development(self, settings: Any) -> None:
        settings.LOCAL_HOSTS_ARE_VERIFIED = True

        assert host_add(host="acme.localhost").verified_at

    def test_a_foreign_one_is_not_found(self, other_tenant: Tenant) -> None:
        foreign = verified(other_tenant, "other.example")

        for act in (host_verify, host_remove):
            with pytest.raises(HostNotFound):
                act(host_id=foreign.id)


class TestServing:
    def test_leads_members_to_their_workspace(
        self, tenant: Tenant, host: HostName, member: Member, signed_in: SignIn
    ) -> None:
        client = signed_in(member())

        first = client.get("/", headers={"host": HOST})
        page = client.get(f"/w/{tenant.slug}/members/", headers={"host": f"{HOST}:8443"})

        assert first.url == "/home/"
        assert client.get("/home/", headers={"host": HOST}).url == f"/w/{tenant.slug}/"
        assert page.status_code == 200

    def test_asks_others_to_sign_in_there(self, host: HostName) -> None:
        answer = Client().get("/home/", headers={"host": HOST})

        assert answer.url == f"{reverse('account_login')}?next=/home/"
        assert Client().get(answer.url, headers={"host": HOST}).status_code == 200

    def test_shows_no_other_workspace(
        self, host: HostName, other_tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        person = workspaces.member(other_tenant, user=member())

        answer = signed_in(person).get(f"/w/{other_tenant.slug}/members/", headers={"host": HOST})

        assert answer.status_code == 404
        assert signed_in(person).get(f"/w/{other_tenant.slug}/members/").status_code == 200

    def test_leads_to_the_others_under_our_own_name(
        self, tenant: Tenant, host: HostName, other_tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        client = signed_in(workspaces.member(other_tenant, user=member()))

        page = client.get(f"/w/{tenant.slug}/members/", headers={"host": HOST}).content.decode()

        assert other_tenant.name not in page
        assert 'href="http://testserver/home/"' in page
        assert 'href="http://testserver/workspaces/new/"' in page
        assert (
            client.get("/workspaces/new/", headers={"host": HOST}).url == "http://testserver/workspaces/new/"
        )

    def test_is_no_place_for_a_stranger(self, host: HostName, person: User, signed_in: SignIn) -> None:
        assert signed_in(person).get("/home/", headers={"host": HOST}).status_code == 404

    def test_keeps_programs_to_its_workspace(
        self, tenant: Tenant, host: HostName, other_tenant: Tenant, api_client: Client
    ) -> None:
        foreign = workspaces.api_client(other_tenant)

        assert api_client.get("/api/v1/members", headers={"host": HOST}).status_code == 200
        answer = foreign.get("/api/v1/members", headers={"host": HOST})
        assert (answer.status_code, answer.json()["code"]) == (403, "key_of_another_workspace")

    def test_has_no_back_office(self, host: HostName, person: User, signed_in: SignIn) -> None:
        with scope.as_role("platform"):
            User.objects.filter(id=person.id).update(is_staff=True)

        assert signed_in(person).get("/admin/", headers={"host": HOST}).status_code == 404

    def test_takes_forms_from_itself_and_from_nobody_else(
        self, tenant: Tenant, host: HostName, member: Member
    ) -> None:
        client = Client(enforce_csrf_checks=True, headers={"host": HOST})
        client.force_login(member("admin"))
        address = f"/w/{tenant.slug}/settings/"
        client.get(address, secure=True)
        sent = {"name": "New name", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}

        for origin, status in ((f"https://{HOST}", 302), ("https://evil.example", 403)):
            answer = client.post(address, sent, secure=True, headers={"origin": origin})
            assert answer.status_code == status

    def test_sets_cookies_for_itself_alone(self, tenant: Tenant, host: HostName, member: Member) -> None:
        client = Client()
        client.force_login(member())
        client.get(f"/w/{tenant.slug}/members/", headers={"host": HOST})

        assert {cookie["domain"] for cookie in client.cookies.values()} == {""}

    def test_promises_https_for_itself_alone(self, host: HostName, settings: Any) -> None:
        settings.SECURE_HSTS_SECONDS = 100
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

        answer = Client().get("/account/login/", secure=True, headers={"host": HOST})

        assert answer["Strict-Transport-Security"] == "max-age=100"

    def test_a_session_that_began_there_opens_nothing_else(
        self, tenant: Tenant, host: HostName, other_tenant: Tenant, member: Member
    ) -> None:
        person = workspaces.member(other_tenant, user=member())
        stolen = Client()
        stolen.post(
            reverse("account_login"),
            {"login": person.email, "password": PASSWORD},
            headers={"host": HOST},
        )
        assert stolen.get(f"/w/{tenant.slug}/members/", headers={"host": HOST}).status_code == 200

        answer = stolen.get(f"/w/{other_tenant.slug}/members/")

        assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("account_login"))

    @pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
    def test_begins_no_link_that_opens_an_account(self, host: HostName, person: User, page: str) -> None:
        address = person.email if page == "account_reset_password" else "new@example.com"

        sent = {"email": address, "password1": PASSWORD, "name": "New"}
        Client().post(reverse(page), sent, headers={"host": f"{HOST}:1337"})

        (letter,) = mail.outbox
        assert "http://testserver/account/" in letter.body
        assert HOST not in letter.body
        assert HOST not in str(letter.alternatives)

    def test_begins_links_in_mails(self, tenant: Tenant, host: HostName, settings: Any) -> None:
        assert base_url_of(tenant.id) == f"http://{HOST}"
        settings.BASE_URL = "https://app.example.com:8443"
        assert base_url_of(tenant.id) == f"https://{HOST}:8443"


#: What answers under a workspace's own name, besides its pages and the API.
ENTRANCE = {
    "/account/confirm-email/",
    "/account/inactive/",
    "/account/login/",
    "/account/login/code/",
    "/account/login/code/confirm/",
    "/account/logout/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/reauthenticate/",
    "/account/security/authenticate/",
    "/account/security/reauthenticate/",
    "/account/signup/",
    "/account/theme",
    "/home/",
    "/invitations/accept/",
    "/invitations/later/",
    "/invitations/switch/",
    "/invitations/<token>/",
    "/mail/stop/<token>/",
}


class TestAccount:
    """Whoever catches a session that began at a workspace's name opens that workspace with it, and nothing else."""

    @pytest.fixture
    def caught(self, tenant: Tenant, host: HostName, other_tenant: Tenant, member: Member) -> Client:
        person = workspaces.member(other_tenant, user=member("admin"))
        with scope.as_role("platform"):
            User.objects.filter(id=person.id).update(is_staff=True)
        client = Client(headers={"host": HOST})
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
        assert client.get(f"/w/{tenant.slug}/members/").status_code == 200
        return client

    def test_no_address_outside_of_the_workspace_is_about_the_person(
        self, caught: Client, other_tenant: Tenant
    ) -> None:
        answering = set()
        for route in routes.find():
            if "workspace" in route.arguments or str(route) in ENTRANCE:
                continue
            path = route.path(dict.fromkeys(route.arguments, "7"))
            for send in (caught.get, caught.post):
                answer: Any = send(path)
                led_away = answer.status_code == 302 and answer.url.startswith("http://testserver/")
                body = b"" if answer.streaming else answer.content
                if answer.status_code < 400 and not led_away:
                    answering.add(path)
                assert other_tenant.name.encode() not in body, path

        assert answering == {"/", "/api/docs/", "/api/v1/openapi.json"}

    @pytest.mark.parametrize("path", sorted(path for path in ENTRANCE if "<" not in path))
    def test_the_entrance_tells_of_no_other_workspace(
        self, caught: Client, other_tenant: Tenant, path: str
    ) -> None:
        assert other_tenant.name not in caught.get(path).content.decode()

    def test_leads_to_our_own_name_with_what_was_asked(self, caught: Client) -> None:
        assert caught.get("/account/data/?a=b").url == "http://testserver/account/data/?a=b"
        assert caught.post("/account/data/").status_code == 403


class TestHostsThatAreNotServed:
    @pytest.mark.parametrize("given", ["unknown.example", "evil.example:80", "a" * 300, "_.example", ""])
    def test_are_refused(self, db: None, given: str) -> None:
        assert Client().get("/account/login/", headers={"host": given}).status_code == 400

    def test_are_refused_until_proven(self, tenant: Tenant, inside: None) -> None:
        host_add(host=HOST)

        assert Client().get("/account/login/", headers={"host": HOST}).status_code == 400

    def test_stop_at_once(self, tenant: Tenant, host: HostName, as_tenant: InTenant) -> None:
        assert Client().get("/account/login/", headers={"host": HOST}).status_code == 200

        with as_tenant(tenant):
            host_remove(host_id=host.id)

        assert Client().get("/account/login/", headers={"host": HOST}).status_code == 400
        assert base_url_of(tenant.id) == "http://testserver"

    def test_a_lookup_that_was_late_does_not_bring_one_back(
        self, tenant: Tenant, host: HostName, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache.delete(f"host:{HOST}")
        resolve = hosts._resolve

        def slow(host_name: str) -> Any:
            found = resolve(host_name)
            with as_tenant(tenant):
                host_remove(host_id=host.id)
            return found

        monkeypatch.setattr(hosts, "_resolve", slow)
        tenant_of_host(HOST)
        monkeypatch.setattr(hosts, "_resolve", resolve)

        assert tenant_of_host(HOST) is None


class TestCost:
    def test_our_own_host_asks_nothing(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("apps.tenancy.host_middleware.tenant_of_host", None)

        assert Client().get("/account/login/").status_code == 200

    @pytest.mark.parametrize("name", [HOST, "unknown.example"])
    def test_another_is_looked_up_once(self, host: HostName, name: str) -> None:
        cache.delete(f"host:{name}")
        with CaptureQueriesContext(connection) as queries:
            for _request in range(3):
                tenant_of_host(name)

        assert len([query for query in queries if "tenancy_resolve_host" in query["sql"]]) == 1


class TestPage:
    def test_leads_from_claim_to_proof_to_removal(
        self, tenant: Tenant, member: Member, signed_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        client, address = signed_in(member("admin")), reverse("tenancy:hosts", args=[tenant.slug])
        assert client.post(address, {"host": "no host"}).status_code == 422
        assert client.post(address, {"host": HOST}).status_code == 302
        with scope.use(tenant_id=tenant.id):
            name = HostName.objects.get()
        with django_assert_max_num_queries(8):
            page = client.get(address).content.decode()
        assert all(text in page for text in proof_of(name))
        verify, remove = (
            reverse(f"tenancy:host_{act}", args=[tenant.slug, name.id]) for act in ("verify", "remove")
        )

        assert "isn&#x27;t there yet" in client.post(verify, follow=True).content.decode()
        prove(name)
        assert "leads here now" in client.post(verify, follow=True).content.decode()
        assert "no longer leads here" in client.post(remove, follow=True).content.decode()

    def test_removed_from_under_itself_it_leads_to_our_own(
        self, tenant: Tenant, host: HostName, member: Member, signed_in: SignIn
    ) -> None:
        remove = reverse("tenancy:host_remove", args=[tenant.slug, host.id])

        answer = signed_in(member("admin")).post(remove, headers={"host": HOST})

        assert answer.url == f"http://testserver/w/{tenant.slug}/settings/hosts/"

    def test_members_may_not(
        self, tenant: Tenant, as_tenant: InTenant, member: Member, signed_in: SignIn
    ) -> None:
        assert signed_in(member()).get(reverse("tenancy:hosts", args=[tenant.slug])).status_code == 403
        with as_tenant(tenant, role="member"), pytest.raises(PermissionDenied):
            host_add(host=HOST)
