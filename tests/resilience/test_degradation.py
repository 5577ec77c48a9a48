"""What still works while something we depend on is away: docs/guides/degradation.md names these tests."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery
from django.conf import settings
from django.core import mail
from django.core.cache import cache, caches
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.core import outgoing, scope, storage
from apps.core.errors import Unavailable
from apps.events.upkeep import deliver_due
from apps.jobs import queueing
from apps.jobs.models import Task
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create
from apps.tenancy.tasks import erase_due_workspaces
from tests.core.outgoing.servers import answering, serving
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


class TestWithoutValkey:
    @pytest.fixture(autouse=True, params=["stopped", "frozen"])
    def _valkey(self, request: pytest.FixtureRequest, settings: Any) -> Iterator[None]:
        """A port where nobody listens, or where somebody does and never answers."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            if request.param == "stopped":
                server.close()
            away = settings.VALKEY | {"LOCATION": f"redis://127.0.0.1:{port}/0"}
            settings.CACHES = {name: entry | away for name, entry in settings.CACHES.items()}
            yield
            caches["limits"].own.clear()

    def test_pages_and_the_api_answer(
        self, tenant: Tenant, member: Callable[..., User], signed_in: Any, api_client: Client
    ) -> None:
        browser = signed_in(member("admin"))

        assert browser.get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200
        assert api_client.get("/api/v1/members").status_code == 200

    def test_changes_are_made(self, tenant: Tenant, member: Callable[..., User], signed_in: Any) -> None:
        url = reverse("tenancy:invite", args=[tenant.slug])
        answer = signed_in(member("admin")).post(url, {"email": "ana@example.com", "role": "member"})

        assert answer.status_code == 302

    def test_people_log_in(self, client: Client, person: User) -> None:
        answer = log_in(client, person.email)

        assert answer.url == reverse("home")
        assert client.session["_auth_user_id"] == str(person.id)

    def test_guessing_is_still_limited(self, client: Client, person: User) -> None:
        for _try in range(11):
            answer = log_in(client, person.email, "wrong")

        assert "Too many tries" in str(answer.content)

    def test_other_servers_are_called(self) -> None:
        with serving(answering()) as server:
            assert outgoing.request("GET", server.url, destination="there").status == 200

    def test_it_costs_a_request_next_to_nothing(self, client: Client, person: User) -> None:
        log_in(client, person.email)  # it finds out
        started = time.monotonic()
        for _question in range(100):
            with suppress(RedisError):
                cache.get("anything")

        assert time.monotonic() - started < 0.5

    def test_no_server_is_taken_out(self, client: Client) -> None:
        assert client.get("/readyz").json()["status"] == "degraded"


class TestWithoutMail:
    @pytest.fixture(autouse=True)
    def _mail(self, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    def test_who_signs_up_is_told_and_gets_the_mail_later(self, client: Client, settings: Any) -> None:
        details = {"name": "Ana", "email": "ana@example.com", "password1": PASSWORD}
        assert client.post(reverse("account_signup"), details).status_code == 503

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        with later(minutes=4):  # one of these mails goes out in three minutes
            answer = log_in(client, "ana@example.com")
        assert answer.url == reverse("account_email_verification_sent")
        assert len(mail.outbox) == 1

    def test_an_invitation_waits(self, tenant: Tenant, as_tenant: Any, settings: Any) -> None:
        with as_tenant(tenant):
            invitation_create(email="ana@example.com", role="member")
        deliver_due()
        assert mail.outbox == []

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        with later(hours=2):
            deliver_due()
        assert mail.outbox[0].to == ["ana@example.com"]


class TestWithoutFiles:
    def test_who_uploads_is_told_and_the_rest_works(
        self, tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise ConnectionError

        monkeypatch.setattr(storages[storage.ALIAS], "_save", refuse)
        with as_tenant(tenant), pytest.raises(Unavailable, match="Files"):
            storage.store("report.csv", b"1,2")


class TestWithoutBroker:
    def test_work_waits_in_the_database(
        self, tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = Celery("away", broker="redis://127.0.0.1:9/0", set_as_current=False)
        away.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        monkeypatch.setattr(queueing, "current_app", away)
        with as_tenant(tenant):  # who asks for work never asks the broker
            task_id = erase_due_workspaces.enqueue()
        with scope.as_role("platform"), pytest.raises(OperationalError):
            queueing.send_due()

        assert run_due_tasks() == 1
        with scope.as_role("platform"):
            assert Task.objects.get(id=task_id).state == Task.State.DONE


def later(**passed: float) -> Any:
    return time_machine.travel(datetime.now(UTC) + timedelta(**passed))


def log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})
