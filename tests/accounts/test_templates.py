"""No page and no mail of allauth's own look may reach anybody."""

from pathlib import Path

import allauth
import pytest
from django.conf import settings
from django.template.loader import get_template

STOCK = Path(allauth.__file__).parent / "templates"

# Names that nothing here leads to, or that only the stock pages extend.
UNREACHABLE = {
    "account/email.html": "several addresses: ACCOUNT_CHANGE_EMAIL gives one at a time",
    "account/confirm_email_verification_code.html": "confirmation goes by link",
    "account/confirm_password_reset_code.html": "reset goes by link",
    "account/confirm_phone_verification_code.html": "no telephone numbers",
    "account/phone_change.html": "no telephone numbers",
    "account/signup_by_passkey.html": "people sign up with a password, and add passkeys",
    "account/verified_email_required.html": "nobody gets in with an unconfirmed address",
    "account/email/email_confirm": "allauth sends it nowhere",
    "account/email/password_reset_code": "reset goes by link",
    "account/messages/phone_": "no telephone numbers",
    "account/base_": "extended by stock pages alone",
    "account/email/base_": "extended by stock mails alone",
    "account/snippets/": "included by stock pages alone",
    "socialaccount/base_": "extended by stock pages alone",
    "socialaccount/snippets/": "included by stock pages alone",
    "socialaccount/login_redirect.html": "the button leads on by itself",
    "mfa/index.html": "the page Security stands at its address",
    "mfa/trust.html": "no browser skips the second step",
    "mfa/recovery_codes/download.txt": "codes are shown once, and downloaded from that page",
    "mfa/webauthn/signup_form.html": "people sign up with a password, and add passkeys",
    "mfa/webauthn/authenticator_list.html": "the page Security lists them",
    "mfa/webauthn/snippets/": "included by stock pages alone",
    "mfa/webauthn/base": "extended by stock pages alone",
    "mfa/base_": "extended by stock pages alone",
    "mfa/totp/base": "extended by stock pages alone",
    "mfa/recovery_codes/base": "extended by stock pages alone",
}


def stock_templates() -> list[str]:
    files = [
        path
        for folder in ("account", "mfa", "socialaccount")
        for path in (STOCK / folder).rglob("*")
        if path.is_file()
    ]
    names = [path.relative_to(STOCK).as_posix() for path in files]
    return sorted(name for name in names if not is_unreachable(name))


def is_unreachable(name: str) -> bool:
    return any(
        name.startswith(start) and not name.startswith("account/email/email_confirmation")
        for start in UNREACHABLE
    )


@pytest.mark.parametrize("name", stock_templates())
def test_stock_template_is_replaced(name: str) -> None:
    origin = Path(get_template(name).template.origin.name)  # type: ignore[attr-defined]
    assert origin.is_relative_to(settings.BASE_DIR / "templates")


@pytest.mark.parametrize(
    "name", [name for name in stock_templates() if "/email/" in name and name.endswith("_message.txt")]
)
def test_every_mail_has_an_html_twin(name: str) -> None:
    get_template(name.replace(".txt", ".html"))
