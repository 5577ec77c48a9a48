"""The pages of development, and that production has none."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.dev import samples

pytestmark = pytest.mark.django_db  # the pages' frame reads the session


def test_the_index_leads_everywhere(client: Client) -> None:
    page = client.get("/dev/").content.decode()
    for place in (
        "/dev/walls/",
        "/dev/mail/",
        "/dev/emails/",
        "/styleguide/",
        "/api/docs/",
        "/admin/",
        "/readyz",
    ):
        assert f'href="{place}"' in page


def test_the_styleguide_opens(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 200


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_mail_can_be_looked_at_in_each_language(client: Client, language: str) -> None:
    page = client.get(reverse("dev:sample_list"), {"language": language}).content.decode()
    for name, subject in samples.subjects(language).items():
        assert subject
        assert reverse("dev:sample_detail", args=[name], query={"language": language}) in page
        detail = client.get(reverse("dev:sample_detail", args=[name]), {"language": language}).content
        assert reverse("dev:sample_body", args=[name], query={"language": language}).encode() in detail
        body = client.get(reverse("dev:sample_body", args=[name]), {"language": language}).content.decode()
        assert f'lang="{language}"' in body
        assert "<h1" in body
        assert "{{" not in body
    assert client.get(reverse("dev:sample_detail", args=["nothing"])).status_code == 404


def test_no_mail_is_forgotten_and_all_are_translated() -> None:
    written = settings.BASE_DIR.glob("templates/**/email/*_message.html")
    assert {path.name.removesuffix("_message.html") for path in written} == set(samples.TEMPLATES)
    english, german = samples.subjects("en"), samples.subjects("de")
    assert [name for name in english if english[name] == german[name]] == []


def test_an_unknown_language_is_english(client: Client) -> None:
    address = reverse("dev:sample_body", args=["login_code"])
    assert client.get(address, {"language": "xx"}).content == client.get(address).content


def test_production_has_none_of_it() -> None:
    program = (
        "import django; django.setup();"
        "from django.conf import settings; from django.urls import resolve, Resolver404\n"
        "assert 'apps.dev' not in settings.INSTALLED_APPS\n"
        "assert 'apps.dev' not in settings.EMAIL_BACKEND\n"
        "for path in ('/dev/', '/dev/walls/', '/dev/mail/', '/dev/emails/', '/styleguide/'):\n"
        "    try: resolve(path)\n"
        "    except Resolver404: continue\n"
        "    raise SystemExit(path + ' exists')\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "x" * 60,
        "AUDIT_SIGNING_KEY": "A" * 43 + "=",
        "MFA_KEYS": "x" * 60,
        "BASE_URL": "https://app.example.com",
        "ALLOWED_HOSTS": "app.example.com",
        "EMAIL_URL": "smtp://mail.example.com:25",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout


def test_the_index_leads_to_the_stripe_emulator_where_one_runs(client: Client, settings: Any) -> None:
    settings.STRIPE_API_BASE = ""
    assert "Stripe emulator" not in client.get("/dev/").content.decode()
    settings.STRIPE_API_BASE = "http://127.0.0.1:12111"
    assert 'href="http://127.0.0.1:12111"' in client.get("/dev/").content.decode()
