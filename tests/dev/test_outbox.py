"""The outbox of development."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client
from django.urls import reverse

from apps.dev import mail

pytestmark = pytest.mark.django_db  # the pages' frame reads the session


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def send(subject: str = "Grüße", html: str = "<p style='color:red'>Hi <script>alert(1)</script></p>") -> None:
    connection = get_connection("apps.dev.mail.OutboxBackend")
    message = EmailMultiAlternatives(
        subject,
        "Open http://testserver/w/acme/?a=1&b=2.\nOr http://testserver/help",
        "Hello <hello@example.com>",
        ["ana@example.com", "li@example.com"],
        connection=connection,
    )
    message.attach_alternative(html, "text/html")
    assert message.send() == 1


def test_each_mail_is_a_file_of_its_own(folder: Path) -> None:
    send()
    send()
    assert len(list(folder.iterdir())) == 2
    assert {path.suffix for path in folder.iterdir()} == {".eml"}


def test_the_newest_comes_first() -> None:
    send("First")
    send("Second")
    assert [found.subject for found in mail.newest()] == ["Second", "First"]


def test_an_empty_outbox_says_what_to_do(client: Client) -> None:
    assert b"No mail yet" in client.get(reverse("dev:mail_list")).content


def test_the_list_leads_to_the_mail(client: Client) -> None:
    send()
    [found] = mail.newest()
    page = client.get(reverse("dev:mail_list")).content.decode()
    assert reverse("dev:mail_detail", args=[found.id]) in page
    assert "Grüße" in page


def test_the_mail_is_shown_with_its_links(client: Client) -> None:
    send()
    [found] = mail.newest()
    assert found.links == ("http://testserver/w/acme/?a=1&b=2", "http://testserver/help")
    answer = client.get(reverse("dev:mail_detail", args=[found.id]))
    page = answer.content.decode()
    assert '<a href="http://testserver/w/acme/?a=1&amp;b=2">' in page
    assert "ana@example.com, li@example.com" in page
    assert "alert(1)" not in page
    assert "frame-src 'self'" in answer["Content-Security-Policy"]
    assert 'sandbox src="' in page


def test_the_body_can_style_itself_and_do_nothing_else(client: Client) -> None:
    send()
    answer = client.get(reverse("dev:mail_body", args=[mail.newest()[0].id]))
    assert b"color:red" in answer.content
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
    assert policy == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' data:",
        "frame-ancestors 'self'",
        "sandbox",
    }


@pytest.mark.parametrize("mail_id", ["0" * 32, "x", "..%2F..%2Fsettings"])
def test_what_is_not_there_is_not_found(client: Client, mail_id: str) -> None:
    for page in ("mail_detail", "mail_body"):
        assert client.get(reverse(f"dev:{page}", args=[mail_id])).status_code == 404


def test_a_half_written_file_is_not_listed(folder: Path) -> None:
    send()
    (folder / f"{'0' * 32}.eml.part").write_bytes(b"Subject: unfinished")
    assert len(mail.newest()) == 1
