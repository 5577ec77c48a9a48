"""allauth's forms of second steps, in our words."""

from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms.entrance import PlainFields


class CodeField(PlainFields):
    """Gives the code's field our label. Phones offer digits for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class ActivateTOTPForm(CodeField, totp.ActivateTOTPForm):
    """A first code, which shows that the app has the key."""


class AuthenticateForm(CodeField, base.AuthenticateForm):
    """The code of a log-in's second step."""


class ReauthenticateForm(CodeField, base.ReauthenticateForm):
    """A code, once more."""
