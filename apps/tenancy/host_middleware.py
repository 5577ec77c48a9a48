"""Requests that come by a workspace's own host name."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.http.request import split_domain_port, validate_host
from django.urls import reverse

from apps.tenancy.services.hosts import tenant_of_host

HSTS = "Strict-Transport-Security"
#: What a session remembers: the tenant by whose host name its person signed in.
BEGUN_AT = "host_tenant_id"
WORKSPACE_ROUTES = ("w/", "api/")
#: What a workspace's own host name serves besides: signing in and out, invitations, and the links of its mails.
SERVED = frozenset(
    {
        "home",
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_email_verification_sent",
        "account_request_login_code",
        "account_confirm_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reauthenticate",
        "account:theme",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "tenancy_invitation:open",
        "tenancy_invitation:accept",
        "tenancy_invitation:later",
        "tenancy_invitation:switch",
        "notifications_mail:stop",
    }
)


class HostMiddleware:
    """Admits a verified host name beside ALLOWED_HOSTS, and notes on the request whose it is.

    Our own hosts cost nothing. `request.host_tenant_id` is the tenant, or None; the scope holds requests to it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        request.host_tenant_id = None
        raw = request._get_raw_host()
        host, _port = split_domain_port(raw)
        if validate_host(host, settings.ALLOWED_HOSTS):
            return self.get_response(request)
        request.host_tenant_id = tenant_of_host(host)
        if request.host_tenant_id is None:
            return _without_promises(
                self.get_response(request)
            )  # where Django refuses a host that is not ours
        # Everything that asks for the host does so here: redirects, CSRF's origin, absolute addresses.
        request.get_host = lambda: raw
        if request.path == "/":
            return HttpResponseRedirect(reverse("home"))
        return _without_promises(self.get_response(request))

    def process_view(self, request: Any, *_view: Any) -> HttpResponseBase | None:
        """Lead from a workspace's own host name to ours for all that is not about the workspace."""
        found = request.resolver_match
        if request.host_tenant_id is None or found.route.startswith(WORKSPACE_ROUTES):
            return None
        if found.view_name in SERVED:
            return None
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return HttpResponseRedirect(settings.BASE_URL + request.get_full_path())


def _without_promises(response: HttpResponseBase) -> HttpResponseBase:
    """Promise HTTPS for this host alone: what lies below a customer's name is not ours to decide."""
    if HSTS in response:
        response[HSTS] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return response


class HostSessionMiddleware:
    """Holds a session that began at a workspace's own host name to that workspace's names.

    The owner of such a name can point it at another server, which is then sent the cookies: they open nothing else,
    for under these names there is neither the person's account nor any other workspace of theirs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        here = str(request.host_tenant_id or "")
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get(BEGUN_AT, here) != here:
            logout(request)
        response = self.get_response(request)
        if here and request.user.is_authenticated:
            request.session.setdefault(BEGUN_AT, here)
        return response
