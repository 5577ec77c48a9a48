"""Bounces and complaints: the provider tells, and the address is left alone until staff release it."""

import base64
import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from apps.core import scope
from apps.notifications.models import Suppression
from tests.factories import accounts as people

SECRET = "name:secret"
urlpatterns = [path("mail/", include("anymail.urls"))]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.notifications.test_suppressions")]


def tell(kind: str, *, secret: str = SECRET, **details: Any) -> int:
    told = {"RecordType": kind, "MessageID": "1", "Email": "Li@Example.com", "Recipient": "li@example.com"}
    with override_settings(ANYMAIL={"WEBHOOK_SECRET": SECRET}):
        answer = Client().post(
            "/mail/postmark/tracking/",
            json.dumps(told | details),
            content_type="application/json",
            headers={"authorization": "Basic " + base64.b64encode(secret.encode()).decode()},
        )
    return answer.status_code


def test_a_hard_bounce_suppresses_the_address() -> None:
    assert tell("Bounce", Type="HardBounce", TypeCode=1) == 200
    [found] = Suppression.objects.all()
    assert (found.address, found.reason) == ("li@example.com", Suppression.Reason.BOUNCED)


def test_a_complaint_does_too() -> None:
    assert tell("SpamComplaint", Type="SpamComplaint", TypeCode=512) == 200
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED


def test_what_may_pass_does_not() -> None:
    assert tell("Bounce", Type="Transient", TypeCode=2) == 200
    assert not Suppression.objects.exists()


def test_it_is_told_twice_and_kept_once() -> None:
    tell("Bounce", Type="HardBounce", TypeCode=1)
    tell("Bounce", Type="HardBounce", TypeCode=1)
    assert Suppression.objects.count() == 1


def test_without_the_secret_nobody_is_heard() -> None:
    assert tell("Bounce", Type="HardBounce", secret="name:guess") == 400
    assert not Suppression.objects.exists()


@pytest.mark.urls("config.urls")
def test_staff_release_an_address() -> None:
    row = Suppression.objects.create(address="li@example.com", reason=Suppression.Reason.BOUNCED)
    client = Client()
    with scope.as_role("platform"):
        client.force_login(people.person(is_staff=True))
    page = client.get("/admin/notifications/suppression/")
    assert "li@example.com" in page.text
    client.post("/admin/notifications/suppression/", {"action": "release", "_selected_action": str(row.id)})
    assert not Suppression.objects.exists()
