"""allauth's forms in our words: labels instead of placeholders, and a new password asked for once."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

from apps.accounts.services.acts import act_record
from apps.core.errors import Invalid
from apps.core.text import clean_name

LABELS = {
    "email": _("E-mail address"),
    "login": _("E-mail address"),
    "code": _("Code"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
}
PASSWORD_RULE = _("At least 8 characters, and not one that everybody uses.")


LONGEST_ADDRESS = 254  # characters, as in the database


class PlainFields:
    """Gives a form of allauth our labels, and its addresses the length that we can keep."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                field.max_length = LONGEST_ADDRESS
                field.widget.attrs["maxlength"] = str(LONGEST_ADDRESS)
                field.validators.append(MaxLengthValidator(LONGEST_ADDRESS))
            if isinstance(field.widget, forms.PasswordInput):
                field.help_text = ""


class OneNewPassword(PlainFields):
    """Asks for a new password once: people can look at what they typed."""

    new_password_label: Any = _("New password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        self.fields["password1"].label = self.new_password_label
        self.fields["password1"].help_text = PASSWORD_RULE


class SignupForm(OneNewPassword, allauth.SignupForm):
    """Name, address and password of a new person. Their language is that of the browser, until they choose."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1"]
    new_password_label = _("Password")

    def clean_name(self) -> str:
        try:
            return clean_name(self.cleaned_data["name"], longest=120, empty=str(_("Enter your name.")))
        except Invalid as error:
            raise forms.ValidationError(error.fields["name"]) from error

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # A known address must not answer faster.
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # The same address signed up a moment ago.
            self.account_already_exists = True
            return super().try_save(request)

    def signup(self, request: HttpRequest, user: Any) -> None:
        user.name = self.cleaned_data["name"]
        user.language = get_language_from_request(request)
        user.save(update_fields=["name", "language"])
        act_record(action="account.signed_up", user=user)


class LoginForm(PlainFields, allauth.LoginForm):
    """Address and password."""


class RequestLoginCodeForm(PlainFields, allauth.RequestLoginCodeForm):
    """The address that a log-in code goes to."""


class ConfirmLoginCodeForm(PlainFields, allauth.ConfirmLoginCodeForm):
    """The code from the mail."""


class ResetPasswordForm(PlainFields, allauth.ResetPasswordForm):
    """The address that a reset link goes to."""


class ResetPasswordKeyForm(OneNewPassword, allauth.ResetPasswordKeyForm):
    """A new password, by link."""


class ChangePasswordForm(OneNewPassword, allauth.ChangePasswordForm):
    """The present password and a new one."""


class SetPasswordForm(OneNewPassword, allauth.SetPasswordForm):
    """A first password."""


class AddEmailForm(PlainFields, allauth.AddEmailForm):
    """The address to change to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address")


class ReauthenticateForm(PlainFields, allauth.ReauthenticateForm):
    """The password, once more."""
