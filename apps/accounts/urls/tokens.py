"""How apps sign in: the steps of allauth's headless log-in, under its addresses. All else is for the browser."""

from typing import Any

from allauth.headless.account import views as account
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa
from django.conf import settings
from django.urls import URLPattern, path

from apps.accounts.tokens import views


def _step(address: str, view: Any) -> URLPattern:
    return path(f"app/v1/auth/{address}", views.readable(view.as_api_view(client=Client.APP)))


urlpatterns = [
    path("app/v1/auth/session", views.readable(views.session), name="session"),
    path("app/v1/tokens/refresh", views.readable(views.refresh), name="refresh"),
    _step("login", account.LoginView),
    _step("code/request", account.RequestLoginCodeView),
    _step("code/resend", account.ResendLoginCodeView),
    _step("code/confirm", account.ConfirmLoginCodeView),
    _step("2fa/authenticate", mfa.AuthenticateView),
    _step("webauthn/authenticate", mfa.AuthenticateWebAuthnView),
    _step("webauthn/login", mfa.LoginWebAuthnView),
]
if not settings.TOKEN_KEYS:
    urlpatterns = []
