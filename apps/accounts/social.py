"""How allauth's log-ins by Google, GitHub and Microsoft meet our people."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext_lazy as _

from apps.accounts.services.acts import act_record
from apps.core.errors import Invalid
from apps.core.text import clean_name


class SocialAdapter(DefaultSocialAccountAdapter):
    """Makes people of what providers tell, and speaks as the rest of the house does."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": _(
            "There is an account with this address. Log in to it, then connect %s on the page Security."
        ),
        "no_password": _("Set a password or add a passkey first: nothing else would let you in."),
        "no_verified_email": _("Confirm your address first: nothing else would let you in."),
        "disconnect_last": _("Nothing else would let you in."),
        "connected_other": _("It is connected to another account here."),
    }

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        words = data.get("name") or f"{data.get('first_name') or ''} {data.get('last_name') or ''}"
        user.name = _acceptable(str(words))
        user.language = get_language_from_request(request)
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> Any:
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            act_record(action="account.signed_up", user=user, after={"by": sociallogin.account.provider})
        return user


def _acceptable(name: str) -> str:
    """Return a name that a provider told, or none: then people are called after their address."""
    try:
        return clean_name(name, longest=120, empty="")
    except Invalid:
        return ""
