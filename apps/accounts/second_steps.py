"""How allauth's second steps meet our house: secrets are encrypted, and codes are drawn without inline styles."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext_lazy as _
from qrcode.main import QRCode

from apps.accounts import encryption


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
