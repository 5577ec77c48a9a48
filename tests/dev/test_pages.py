"""The pages of development, and that production has none."""

import os
import subprocess
import sys

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


def test_every_mail_can_be_looked_at(client: Client) -> None:
    page = client.get(reverse("dev:sample_list")).content.decode()
    for name, subject in samples.subjects().items():
        assert subject
        assert reverse("dev:sample_detail", args=[name]) in page
        assert client.get(reverse("dev:sample_detail", args=[name])).status_code == 200
        body = client.get(reverse("dev:sample_body", args=[name]))
        assert b"<h1" in body.content
        assert b"{{" not in body.content
    assert client.get(reverse("dev:sample_detail", args=["nothing"])).status_code == 404


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
