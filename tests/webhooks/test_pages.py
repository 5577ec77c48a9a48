"""The pages and the API of webhooks, and the guide's code, which is run."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from apps.webhooks.models import Delivery, Endpoint

TOLD = {"url": "http://127.0.0.1:9/in", "description": "CRM", "events": ["member.added", "signal.added"]}


@pytest.fixture
def admin(signed_in: Any, member: Any) -> Client:
    return signed_in(member("admin"))


@pytest.fixture
def own_network(settings: Any) -> None:
    settings.OUTGOING_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def address(name: str, tenant: Tenant, *arguments: Any) -> str:
    return reverse(f"webhooks:{name}", args=[tenant.slug, *arguments])


class TestPages:
    def test_an_endpoint_is_added_and_its_secret_shown_once(
        self, admin: Client, tenant: Tenant, as_tenant: Any, own_network: None
    ) -> None:
        shown = admin.post(address("add", tenant), TOLD)
        assert "whsec_" in shown.content.decode()
        assert shown["Cache-Control"] == "no-store"
        with as_tenant(tenant):
            added = Endpoint.objects.get()
        page = admin.get(address("endpoint", tenant, added.id)).content.decode()
        assert "CRM" in page
        assert "whsec_" not in page
        assert "CRM" in admin.get(address("list", tenant)).content.decode()

    def test_a_private_address_is_refused_beside_its_field(self, admin: Client, tenant: Tenant) -> None:
        refused = admin.post(address("add", tenant), TOLD | {"url": "https://10.0.0.1/in"})
        assert refused.status_code == 422
        assert "private network" in refused.content.decode()

    def test_a_test_its_log_and_a_replay(
        self, admin: Client, tenant: Tenant, as_tenant: Any, receive: Any, endpoint: Any, query_count: Any
    ) -> None:
        receiver = receive(statuses=[200], body=b"<b>thanks</b>")
        added, _secret = endpoint(receiver.url)
        log = admin.post(address("test", tenant, added.id))["Location"]
        run_due_tasks()
        page = admin.get(log).content.decode()
        assert "webhook-signature" in page
        assert "&lt;b&gt;thanks&lt;/b&gt;" in page
        admin.post(log + "replay/")
        run_due_tasks()
        assert len(receiver.requests) == 2
        with query_count() as queries:
            found = admin.get(address("endpoint", tenant, added.id) + "?state=delivered&event=webhook.test")
        assert "Delivered" in found.content.decode()
        assert queries.total <= 8
        assert admin.get(address("endpoint", tenant, added.id) + "?state=odd").status_code == 422

    def test_what_failed_in_a_range_is_sent_again(
        self, admin: Client, tenant: Tenant, receive: Any, endpoint: Any, happen: Any
    ) -> None:
        receiver = receive(statuses=[410, 204])
        added, _secret = endpoint(receiver.url)
        before, day = clock.now(), timedelta(days=1)
        happen()
        admin.post(address("enable", tenant, added.id))

        def said(**given: str) -> str:
            place = address("replay_failed", tenant, added.id)
            return admin.post(place, given, follow=True).content.decode()

        assert 'name="until"' in admin.get(address("endpoint", tenant, added.id)).content.decode()
        start, end = f"{before - day:%Y-%m-%dT%H:%M}", f"{before + day:%Y-%m-%dT%H:%M}"
        assert "with a date and a time" in said(since=start, until="soon")
        assert "Nothing failed in that time." in said(since=start, until=f"{before:%Y-%m-%dT%H:%M}")
        assert "1 delivery is sent again." in said(since=start, until=end)
        run_due_tasks()
        assert len(receiver.requests) == 2

    def test_it_is_turned_off_deleted_and_brought_back(
        self, admin: Client, tenant: Tenant, as_tenant: Any, receive: Any, endpoint: Any
    ) -> None:
        added, _secret = endpoint(receive().url)
        for name in ("disable", "enable", "rotate", "delete", "restore"):
            assert admin.post(address(name, tenant, added.id)).status_code in (200, 302)
        assert (
            admin.post(address("replay_failed", tenant, added.id), {"since": "2026-01-01T00:00"}).status_code
            == 302
        )
        with as_tenant(tenant):
            assert Endpoint.objects.get().is_enabled

    def test_who_may_not_manage_them_sees_nothing(self, signed_in: Any, member: Any, tenant: Tenant) -> None:
        assert signed_in(member("member")).get(address("list", tenant)).status_code == 403


class TestApi:
    def test_endpoints_and_deliveries(
        self, api_client: Client, tenant: Tenant, as_tenant: Any, receive: Any
    ) -> None:
        told = TOLD | {"url": receive(statuses=[410, 204]).url}
        made = api_client.post("/api/v1/webhook-endpoints", told, "application/json")
        assert made.status_code == 201, made.json()
        assert made.json()["secret"].startswith("whsec_")
        one = f"/api/v1/webhook-endpoints/{made.json()['id']}"
        assert "secret" not in api_client.get(one).json()
        assert api_client.patch(one, {"events": ["odd"]}, "application/json").status_code == 400

        assert api_client.get("/api/v1/webhook-endpoints?odd=1").status_code == 400
        api_client.post(f"{one}/test")
        run_due_tasks()
        (delivery,) = api_client.get("/api/v1/webhook-deliveries?state=failed").json()["results"]
        logged = f"/api/v1/webhook-deliveries/{delivery['id']}"
        assert api_client.get(logged).json()["attempts"][0]["status"] == 410
        assert api_client.post(f"{logged}/replay").status_code == 409
        api_client.post(f"{one}/enable")
        since = {"since": "2026-01-01T00:00:00Z"}
        assert api_client.post(f"{one}/replay", since, "application/json").json() == {"count": 1}
        run_due_tasks()
        with as_tenant(tenant):
            assert Delivery.objects.get().state == "delivered"
        assert api_client.delete(one).status_code == 204


class TestGuide:
    """The code that customers copy is taken from the page and run on what we really send."""

    @pytest.fixture
    def sent(self, receive: Any, endpoint: Any, happen: Any) -> tuple[str, dict[str, str], bytes]:
        receiver = receive()
        _endpoint, secret = endpoint(receiver.url)
        happen()
        ((content, headers),) = receiver.requests
        return secret, headers, content

    def code(self, admin: Client, tenant: Tenant, language: str) -> str:
        page = admin.get(address("guide", tenant)).content.decode()
        found = re.search(rf'id="verify-{language}">(.*?)</pre>', page, re.DOTALL)
        assert found
        return unescape(found[1])

    def test_python(self, admin: Client, tenant: Tenant, sent: Any) -> None:
        names: dict[str, Any] = {}
        exec(self.code(admin, tenant, "python"), names)  # noqa: S102 - it is our own page
        secret, headers, content = sent
        assert names["verify"](secret, headers, content)
        assert not names["verify"](secret, headers, content + b" ")
        assert not names["verify"](secret, headers | {"webhook-timestamp": "1"}, content)

    def test_javascript(self, admin: Client, tenant: Tenant, sent: Any, tmp_path: Path) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("There is no node on the PATH to run the JavaScript with.")
        secret, headers, content = sent
        given = json.dumps([secret, headers, content.decode()])
        program = tmp_path / "verify.js"
        program.write_text(
            self.code(admin, tenant, "javascript")
            + f"const [secret, headers, body] = {given};\n"
            + "const fits = (text) => verify(secret, headers, Buffer.from(text));\n"
            + "console.log(fits(body), fits(body + ' '));"
        )
        ran = subprocess.run([node, program], capture_output=True, text=True, timeout=30, check=False)
        assert ran.stdout.strip() == "true false", ran.stderr
