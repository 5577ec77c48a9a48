"""What people try against tokens, numbered as in the threat model."""

import hmac
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuthSession, User
from apps.accounts.tokens.keyring import keyring
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.tenancy.models import HostName, Membership, Tenant
from apps.tenancy.services.members import member_change_role, member_remove
from tests.accounts.tokens.conftest import App
from tests.factories import tenancy
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def resigned(
    app: App, change: Change, *, key: Any = None, algorithm: str = "ES256", kind: str = "access"
) -> str:
    """Return a token of the app's whose header and claims somebody changed, signed by a key, by default by ours."""
    token = app.tokens[f"{kind}_token"]
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    change(header, claims)
    return jwt.encode(claims, key or keyring().signing.private, algorithm, headers=header)


def urlsafe(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def nothing(_header: dict[str, Any], _claims: dict[str, Any]) -> None:
    """Change nothing."""


def refusal(answer: Any) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]


REFUSED = (401, "token_refused", 'Bearer error="invalid_token"')


def membership_of(user: User, tenant: Tenant) -> Membership:
    return Membership.objects.get(user=user, tenant=tenant)


def own_host(tenant: Tenant, host: str) -> None:
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        HostName.objects.create(host=host, token="t", verified_at=clock.now())


@contextmanager
def without_database() -> Iterator[None]:
    def refuse(*_statement: Any) -> None:
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def without_valkey(settings: Any) -> Callable[[], None]:
    """Take Valkey away from here on."""

    def take_away() -> None:
        away = settings.VALKEY | {"LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {name: entry | away for name, entry in settings.CACHES.items()}

    return take_away


def test_tokens_as_they_are_open_the_api(app: App) -> None:
    assert app.get(token=resigned(app, nothing)).status_code == 200


def test_01_alg_none(app: App) -> None:
    claims = jwt.decode(app.tokens["access_token"], options={"verify_signature": False})
    unsigned = jwt.encode(claims, None, "none", headers={"kid": keyring().signing.id, "typ": "at+jwt"})

    assert refusal(app.get(token=unsigned)) == REFUSED


def test_02_signed_with_the_public_key_as_a_password(app: App) -> None:
    public = keyring().signing.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _header, claims, _signature = app.tokens["access_token"].split(".")
    header = urlsafe(json.dumps({"alg": "HS256", "kid": keyring().signing.id, "typ": "at+jwt"}).encode())
    signature = urlsafe(hmac.digest(public, f"{header}.{claims}".encode(), "sha256"))

    assert refusal(app.get(token=f"{header}.{claims}.{signature}")) == REFUSED


@pytest.mark.parametrize(
    "added",
    [
        {"kid": "unknown"},
        {"kid": "../../dev/null"},
        {"kid": ""},
        {"jwk": {}},
        {"jku": "{there}"},
        {"crit": ["exp"]},
    ],
    ids=str,
)
def test_03_foreign_keys_and_headers(app: App, added: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"http://127.0.0.1:{server.getsockname()[1]}/keys"
        added = {name: there if value == "{there}" else value for name, value in added.items()}
        foreign = generate_private_key(SECP256R1())
        for key in (foreign, keyring().signing.private):
            token = resigned(app, lambda header, _claims: header.update(added), key=key)
            assert refusal(app.get(token=token)) == REFUSED
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("claim", ["aud", "iss"])
def test_04_made_for_another_place(app: App, claim: str) -> None:
    token = resigned(app, lambda _header, claims: claims.update({claim: "https://elsewhere.example"}))

    assert refusal(app.get(token=token)) == REFUSED


def test_04_expired(app: App) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1)):
        assert refusal(app.get()) == REFUSED


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "tid", "tv", "mv", "jti", "exp", "auth_time"])
def test_04_without_a_claim(app: App, claim: str) -> None:
    token = resigned(app, lambda _header, claims: claims.pop(claim))

    assert refusal(app.get(token=token)) == REFUSED


def test_05_refresh_token_as_access_token_and_the_reverse(app: App) -> None:
    assert refusal(app.get(token=app.tokens["refresh_token"])) == REFUSED
    assert refusal(app.refresh(app.tokens["access_token"])) == REFUSED
    assert app.refresh().status_code == 200


def test_07_replayed_refresh_token_kills_the_family(app: App, acts: Callable[[], list[Any]]) -> None:
    stolen = app.tokens["refresh_token"]
    app.refresh()

    assert refusal(app.refresh(stolen)) == REFUSED
    assert refusal(app.refresh()) == REFUSED
    assert refusal(app.get()) == REFUSED
    assert [entry.action for entry in acts()] == ["account.logged_in", "account.token_reused"]


@pytest.mark.django_db(transaction=True)
def test_08_replay_where_requests_are_transactions(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    stolen = app.tokens["refresh_token"]
    app.refresh()

    assert refusal(app.refresh(stolen)) == REFUSED
    assert refusal(app.refresh()) == REFUSED
    assert refusal(app.get()) == REFUSED


@pytest.mark.django_db(transaction=True)
def test_09_parallel_refreshes_have_one_winner_at_most_and_kill_the_family(app: App) -> None:
    def refresh(token: str) -> Any:
        try:
            return Client().post(
                "/api/auth/app/v1/tokens/refresh", {"refresh_token": token}, content_type="application/json"
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        for _round in range(20):
            token = app.sign_in().tokens["refresh_token"]
            answers = list(threads.map(refresh, [token] * 8))
            winners = [answer.json()["data"] for answer in answers if answer.status_code == 200]
            assert len(winners) == 1
            assert {answer.status_code for answer in answers} == {200, 401}
            assert refusal(app.refresh(winners[0]["refresh_token"])) == REFUSED
            assert refusal(app.get(token=winners[0]["access_token"])) == REFUSED


def test_10_refresh_past_the_absolute_lifetime(app: App) -> None:
    begun = clock.now()
    for day in range(10, 90, 10):
        with time_machine.travel(begun + timedelta(days=day)):
            assert app.refresh().status_code == 200
    with time_machine.travel(begun + timedelta(days=90)):
        assert refusal(app.refresh()) == REFUSED


def test_10_refresh_past_the_idle_lifetime(app: App) -> None:
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1)):
        assert refusal(app.refresh()) == REFUSED


def test_13_flushing_valkey_revives_nothing(app: App) -> None:
    assert app.get().status_code == 200
    app.sign_out()
    cache.clear()

    assert refusal(app.get()) == REFUSED


def test_14_without_valkey_the_database_decides(app: App, without_valkey: Callable[[], None]) -> None:
    assert app.get().status_code == 200
    without_valkey()
    assert app.get().status_code == 200
    app.sign_out()

    assert refusal(app.get()) == REFUSED


def test_14_without_both_nobody_is_let_in(app: App, without_valkey: Callable[[], None]) -> None:
    assert app.get().status_code == 200
    without_valkey()
    app.client.raise_request_exception = False
    with without_database():
        answer = app.get()

    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_16_header_names_another_workspace(app: App, tenant: Tenant, other_tenant: Tenant) -> None:
    tenancy.member(other_tenant, user=app.user)
    answer = app.get(**{settings.WORKSPACE_HEADER: other_tenant.slug})

    assert (answer.status_code, answer.json()["code"]) == (403, "token_of_another_workspace")
    with tenancy.scope_of(tenant):
        refused = AuditEntry.objects.get(tenant_id=tenant.id, action="access.refused")
        assert refused.actor_id == app.user.id
    assert app.get(**{settings.WORKSPACE_HEADER: tenant.slug}).status_code == 200


def test_16_host_of_another_workspace(app: App, tenant: Tenant, other_tenant: Tenant) -> None:
    own_host(other_tenant, "other.example")
    answer = app.get(host="other.example")

    assert (answer.status_code, answer.json()["code"]) == (403, "token_of_another_workspace")


def test_16_apps_sign_in_under_our_own_name_alone(app: App, tenant: Tenant) -> None:
    own_host(tenant, "acme.example")
    app.client.defaults["HTTP_HOST"] = "acme.example"

    assert app.refresh().status_code == 404
    assert app.get(host="acme.example").status_code == 200


def test_17_demoted_member(app: App, tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        member_change_role(membership_id=membership_of(app.user, tenant).id, role="viewer")

    assert refusal(app.get()) == REFUSED
    app.refresh()
    assert app.get().status_code == 200
    assert app.get("/api/v1/invitations").status_code == 403


def test_17_removed_member(app: App, tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        member_remove(membership_id=membership_of(app.user, tenant).id)

    assert refusal(app.get()) == REFUSED
    assert app.refresh().json()["data"]["workspace"] == ""
    assert app.get().json()["code"] == "workspace_required"


def test_17_member_who_was_removed_and_came_back(app: App, tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        member_remove(membership_id=membership_of(app.user, tenant).id)
    tenancy.member(tenant, "admin", user=app.user)

    assert refusal(app.get()) == REFUSED


def test_18_one_connection_and_two_workspaces(app: App, other_tenant: Tenant) -> None:
    other = App(tenancy.member(other_tenant)).sign_in()
    ours, theirs = ({row["email"] for row in each.get().json()["results"]} for each in (app, other))

    assert not ours & theirs
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from tenancy_membership")
        assert cursor.fetchone() == (0,)


def test_19_a_password_alone_opens_nothing_where_a_second_step_is_asked_for(person: User) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    app = App(person)
    answer = app.post("auth/login", email=person.email, password=PASSWORD)

    assert answer.status_code == 401
    assert "access_token" not in answer.json()["meta"]
    app.client.defaults["HTTP_X_SESSION_TOKEN"] = answer.json()["meta"]["session_token"]
    assert "access_token" not in app.client.get("/api/auth/app/v1/auth/session").json()["meta"]
    assert app.client.get("/api/v1/members").status_code == 401
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    answer = app.post("auth/2fa/authenticate", code=code)
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["meta"]["access_token"], options={"verify_signature": False})
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    with scope.use(user_id=person.id):
        assert AuthSession.objects.count() == 1


def test_19_a_browsers_session_is_no_way_in(person: User, signed_in: Callable[[User], Client]) -> None:
    cookie = signed_in(person).cookies["sessionid"].value
    answer = Client(headers={"x-session-token": cookie}).get("/api/auth/app/v1/auth/session")

    assert answer.status_code == 410


def test_20_all_doors_count_together(client: Client, person: User) -> None:
    for _try in range(3):
        client.post(reverse("account_login"), {"login": person.email, "password": "wrong"})
    app = App(person)
    for number in range(2):
        app.client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        app.post("auth/login", email=person.email, password="wrong")

    answer = app.post("auth/login", email=person.email, password=PASSWORD)
    assert "access_token" not in answer.json().get("meta", {})
    assert answer.status_code in (400, 429)


@pytest.mark.django_db(transaction=True)
def test_20_parallel_guessing(person: User, acts: Callable[[], list[Any]]) -> None:
    def guess(number: int) -> None:
        try:
            App(person).post("auth/login", email=person.email, password=f"wrong {number}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(guess, range(16)))

    assert 1 <= len(acts()) <= 5


def test_tokens_are_kept_nowhere(app: App) -> None:
    with scope.use(user_id=app.user.id):
        kept = str(AuthSession.objects.filter(user=app.user).values().get())

    assert not any(token in kept for token in (app.tokens["access_token"], app.tokens["refresh_token"]))


def test_answers_with_tokens_are_kept_by_nobody(app: App) -> None:
    assert "no-store" in app.refresh()["Cache-Control"]
