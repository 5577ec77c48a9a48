"""How allauth's headless log-in hands out our tokens, once every step of it is done."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from apps.accounts.methods import methods_of
from apps.accounts.tokens.sessions import Tokens, session_begin, session_refresh
from apps.core import clock
from apps.core.http.address import client_address


class TokenStrategy(AbstractTokenStrategy):
    """Keeps a session only while a log-in is under way. Its end is a pair of tokens, and no second credential."""

    def create_session_token(self, request: HttpRequest) -> str:
        if request.user.is_authenticated:
            return ""
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def lookup_session(self, session_token: str) -> SessionBase | None:
        session = lookup_session(session_token)
        # One that is signed in is a browser's. Held up as a token it would get round what guards cookies.
        return None if session is None or SESSION_KEY in session else session

    def create_access_token_payload(self, request: Any) -> dict[str, Any]:
        # allauth asks twice where a second step ends the log-in.
        if not hasattr(request, "issued_tokens"):
            request.issued_tokens = self._issue(request)
        return request.issued_tokens

    def _issue(self, request: Any) -> dict[str, Any]:
        records = get_authentication_records(request, request.user)
        tokens = session_begin(
            user=request.user,
            methods=methods_of(records),
            authenticated_at=clock.now(),
            user_agent=request.headers.get("User-Agent", ""),
            address=client_address(request),
        )
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        request.session.flush()
        return described(tokens)

    def refresh_token(self, refresh_token: str) -> tuple[str, str]:
        tokens = session_refresh(presented=refresh_token)
        return tokens.access, tokens.refresh


def described(tokens: Tokens) -> dict[str, Any]:
    """Return what an app is told with its tokens."""
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "expires_in": tokens.expires_in,
        "workspace": tokens.workspace,
    }
