"""What the app shell shows around every page of a workspace."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from apps.core import navigation, permissions, scope
from apps.core.http.address import client_address
from apps.tenancy import gate
from apps.tenancy.models import Tenant
from apps.tenancy.selectors import memberships_of

GROUPS = {"product": "", "workspace": _("Workspace")}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates `shell`; nothing is read before one asks."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    membership = getattr(request, "membership", None)
    tenant = membership.tenant if membership else None
    return {
        "workspace": _workspace(tenant, tenant) if tenant else None,
        "workspaces": [_workspace(found.tenant, tenant) for found in _memberships(request)],
        "role": membership.role if membership else "",
        "account_menu": _account_menu(request),
        "home_url": reverse("home"),
        "new_workspace_url": _elsewhere(request) + reverse("workspace_create"),
        "has_other_way_in": partial(_has_other_way_in, request),
        "elsewhere_url": _elsewhere(request) and _elsewhere(request) + reverse("home"),
        "theme_url": reverse("account:theme") if request.user.is_authenticated else "",
        "navigation": _navigation(request, tenant) if tenant else [],
    }


def _memberships(request: HttpRequest) -> Any:
    """Return what the switcher lists. A workspace's own host name tells of no other one."""
    if not request.user.is_authenticated:
        return []
    found = getattr(request, "memberships", None)
    found = memberships_of(request.user.id) if found is None else found
    here = getattr(request, "host_tenant_id", None)
    return [membership for membership in found if membership.tenant_id == here] if here else found


def _has_other_way_in(request: HttpRequest) -> bool:
    """Tell, on a page that keeps them out of a workspace, whether one of the others does not."""
    with scope.use(address=client_address(request)):
        return any(gate.has_way_in(found, request.session) for found in _memberships(request))


def _workspace(tenant: Tenant, current: Tenant | None) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "slug": tenant.slug,
        "initial": tenant.name[:1].upper(),
        "logo_url": logo_url(tenant),
        "url": reverse("workspace", args=[tenant.slug]),
        "erase_due_at": tenant.erase_due_at,
        "current": current is not None and tenant.id == current.id,
    }


def _elsewhere(request: HttpRequest) -> str:
    return str(settings.BASE_URL) if getattr(request, "host_tenant_id", None) else ""


def logo_url(tenant: Tenant) -> str:
    """Return the address of a workspace's logo, another one for each logo; empty without one."""
    if not tenant.logo_key:
        return ""
    version = tenant.logo_key.partition("/")[2][:32]
    return f"{reverse('tenancy:logo', args=[tenant.slug])}?v={version}"


def _account_menu(request: HttpRequest) -> list[dict[str, Any]]:
    entries = [(entry, reverse(entry.url_name)) for entry in navigation.visible("account")]
    return [
        {"label": entry.label, "url": url, "icon": entry.icon, "current": request.path == url}
        for entry, url in entries
    ]


def _navigation(request: HttpRequest, tenant: Tenant) -> list[dict[str, Any]]:
    groups = {
        name: [(entry, reverse(entry.url_name, args=[tenant.slug])) for entry in navigation.visible(name)]
        for name in GROUPS
    }
    # The longest address that the page's begins with is the place where one is.
    urls = [url for entries in groups.values() for _entry, url in entries if request.path.startswith(url)]
    here = max(urls, key=len, default="")
    return [
        {
            "label": GROUPS[name],
            "items": [
                {
                    "label": entry.label,
                    "url": url,
                    "icon": entry.icon,
                    "current": url == here,
                    "count": _count(entry, tenant),
                }
                for entry, url in entries
            ],
        }
        for name, entries in groups.items()
    ]


def _count(entry: navigation.Entry, tenant: Tenant) -> int:
    """Return how many things wait behind an entry for the actor in scope."""
    if entry.count:
        return entry.count()
    decides = entry.url_name == "tenancy:members" and permissions.allows("members.manage")
    return tenant.access_requests_open if decides else 0  # read with the workspace, at no query
