"""Every mail that we send, with made-up data, so that its looks can be judged without causing it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.mail import inlined

LINK = f"{settings.BASE_URL}/link/8Jk2mQ/"

#: Template names as allauth builds them: `<name>_subject.txt`, `_message.txt`, `_message.html`.
TEMPLATES = {
    name.rpartition("/")[2]: name
    for name in (
        "account/email/email_confirmation_signup",
        "account/email/email_confirmation",
        "account/email/account_already_exists",
        "account/email/unknown_account",
        "account/email/login_code",
        "account/email/password_reset_key",
        "account/email/password_changed",
        "account/email/password_reset",
        "account/email/password_set",
        "account/email/email_changed",
        "account/email/email_deleted",
        "accounts/email/new_device",
        "accounts/email/data_ready",
        "accounts/email/account_erased",
        "mfa/email/recovery_codes_generated",
        "mfa/email/totp_activated",
        "mfa/email/totp_deactivated",
        "mfa/email/webauthn_added",
        "mfa/email/webauthn_removed",
        "socialaccount/email/account_connected",
        "socialaccount/email/account_disconnected",
        "tenancy/email/invitation",
        "tenancy/email/erased",
        "tenancy/email/domain_proof",
        "notifications/email/notice",
        "notifications/email/digest",
    )
}

DATA: Mapping[str, Any] = {
    "email": "ana@acme.example",
    "activate_url": LINK,
    "password_reset_url": LINK,
    "signup_url": LINK,
    "url": LINK,
    "code": "K7D-2QX",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "from_email": "ana@acme.example",
    "to_email": "ana.ruiz@acme.example",
    "deleted_email": "ana.ruiz@acme.example",
    "provider": {"name": "GitHub"},
    "device": "Firefox on Linux",
    "address": "203.0.113.7",
    "at": datetime(2030, 1, 30, 15, 4, tzinfo=UTC),
    "workspace": "Acme",
    "inviter": "Li Wei",
    "role": _("Member"),
    "claimer": "Li Wei",
    "claimer_email": "li@acme.example",
    "domain": "acme.example",
    "receipt": {
        "id": "0192f0a0-7b1c-7c7e-9f4e-3f0a4f6d2b11",
        "requested_at": datetime(2030, 1, 1, 12, tzinfo=UTC),
    },
    "slug": "acme",
    "base_url": settings.BASE_URL,
    "stop_url": LINK,
    "count": 2,
    "items": [
        {
            "title": format_lazy(_("{person} joined as {role}."), person="Li Wei", role=_("Admin")),
            "label": _("Somebody joins"),
            "url": LINK,
            "created_at": datetime(2030, 1, 30, 15, 4, tzinfo=UTC),
        },
        {
            "title": "Northwind: “New plan for small teams”",
            "label": _("Somebody adds an important signal"),
            "url": LINK,
            "created_at": datetime(2030, 1, 30, 16, 20, tzinfo=UTC),
        },
    ],
    "expires_at": datetime(2030, 1, 31, 12, tzinfo=UTC),
}


def subjects(language: str) -> dict[str, str]:
    """Return the subject of each mail in a language, by its short name."""
    return {name: render(name, "subject.txt", language).strip() for name in TEMPLATES}


def render(name: str, part: str, language: str) -> str:
    """Return a part of a mail in a language: `subject.txt`, `message.txt` or `message.html`.

    :raises KeyError: if there is no such mail
    """
    with translation.override(language):
        rendered = render_to_string(f"{TEMPLATES[name]}_{part}", dict(DATA))
    return inlined(rendered) if part.endswith(".html") else rendered
