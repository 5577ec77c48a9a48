"""How allauth makes our people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Keeps addresses in lower case."""

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Set none: people have an address and no user name."""
