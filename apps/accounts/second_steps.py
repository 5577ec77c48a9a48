"""How allauth's second steps meet our house: secrets are encrypted, and codes are drawn without inline styles."""

from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from qrcode.main import QRCode

from apps.accounts import devices, encryption


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's adapter for codes from an app, recovery codes and passkeys."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_generate_recovery_codes": _("Turn on codes from an app or add a passkey first."),
        "incorrect_code": _("This code isn't right, or it was used already. Try the next one."),
    }

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        """Call a passkey after the device that makes it."""
        return devices.describe(context.request.headers.get("User-Agent", ""))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Make passkeys for our own name, wherever they are made: a workspace's host may be another's one day."""
        return {"id": urlsplit(settings.BASE_URL).hostname or "", "name": settings.PRODUCT_NAME}

    def build_totp_svg(self, url: str) -> Any:
        """Draw the QR code, black on white also in the dark, for cameras need it so."""
        code: QRCode[Any] = QRCode(border=3)
        code.add_data(url)
        rows = code.get_matrix()
        dots = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}"'
            f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/>'
            f'<path d="{dots}"/></svg>'
        )
