"""allauth's forms of passkeys, in our words. The browser fills in the credential."""

from typing import Any

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.services.acts import failed_login_record

LONGEST_NAME = 80  # characters
#: How allauth and fido2 say that an answer doesn't fit, or is none at all.
FAULTS = (forms.ValidationError, AttributeError, KeyError, TypeError, ValueError)
REFUSED = _("This passkey doesn't fit, or it took too long. Try again.")


class NamedPasskey(forms.Form):
    """What a passkey is called."""

    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, help_text=_("So that you know later which one it is.")
    )


class AddWebAuthnForm(NamedPasskey, webauthn.AddWebAuthnForm):
    """A new passkey. It always opens the account by itself too."""

    passwordless = None  # type: ignore[assignment]
    field_order = ["name", "credential"]

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except FAULTS as error:
            raise forms.ValidationError(REFUSED) from error


class EditWebAuthnForm(NamedPasskey, webauthn.EditWebAuthnForm):
    """Another name for a passkey."""


class PresentedPasskey:
    """Refuses what is no answer of a passkey in our words, and records it like a wrong password."""

    cleaned_data: dict[str, Any]
    user: Any

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except FAULTS as error:
            if getattr(error, "code", "") == "too_many_login_attempts":
                raise
            self._record()
            raise forms.ValidationError(REFUSED) from error

    def _record(self) -> None:
        user = self.user or _claimed_by(self.cleaned_data["credential"])
        if user is not None:
            failed_login_record(email=user.email, request=context.request)


class AuthenticateWebAuthnForm(PresentedPasskey, webauthn.AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class ReauthenticateWebAuthnForm(PresentedPasskey, webauthn.ReauthenticateWebAuthnForm):
    """A passkey, once more."""


class LoginWebAuthnForm(PresentedPasskey, webauthn.LoginWebAuthnForm):
    """A passkey as the only step. It says itself whose it is."""


def _claimed_by(credential: Any) -> Any:
    try:
        return auth.extract_user_from_response(credential)
    except FAULTS:
        return None
