"""The form after a first log-in by another site, if its address can't be used."""

from typing import Any

from allauth.socialaccount import forms as social

from apps.accounts.forms.entrance import PlainFields


class SocialSignupForm(PlainFields, social.SignupForm):
    """The address of a new person."""

    def signup(self, request: Any, user: Any) -> None:
        """Nothing more is asked."""
