"""Support sessions for tests."""

from datetime import date
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import scope
from apps.tenancy.models import Membership, SupportSession, Tenant
from apps.tenancy.services.support import support_allow
from tests.factories import tenancy as workspaces
from tests.factories.accounts import log_in, person

BEGINNING = {"reason": "The chart stays empty", "ticket": "T-17", "minutes": "15"}


def support(**details: Any) -> User:
    """Make a member of staff who may work in workspaces for support."""
    with scope.as_role("platform"):
        return person(**{"name": "Sam Berg", "is_staff": True, "is_support": True} | details)


def browser_of(staff: User) -> Client:
    """Return the browser of a member of staff who has just logged in."""
    browser = Client()
    log_in(browser, staff)
    return browser


def consent(tenant: Tenant, access: str = "look", until: date | None = None) -> None:
    """Have an owner say what support may do in a workspace."""
    with workspaces.scope_of(tenant):
        support_allow(access=access, until=until)


def ask(browser: Client, tenant: Tenant, user: User, **given: str) -> Any:
    """Have staff ask to work in a workspace as one of its members, and return the answer."""
    with scope.use(tenant_id=tenant.id):
        membership = Membership.objects.get(tenant=tenant, user=user)
    address = reverse("admin:tenancy_tenant_support", args=[tenant.id, membership.id])
    return browser.post(address, BEGINNING | given)


def begin(tenant: Tenant, user: User, *, staff: User | None = None, **given: str) -> Client:
    """Return the browser of somebody who works in a workspace for support, which consents to what they ask for."""
    browser = browser_of(staff or support())
    consent(tenant, "change" if given.get("may_write") else "look")
    answer = ask(browser, tenant, user, **given)
    assert answer.status_code == 302, answer.content.decode()
    return browser


def sessions(tenant: Tenant) -> list[SupportSession]:
    """Return a workspace's support sessions, the oldest first."""
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        return list(SupportSession.objects.filter(tenant_id=tenant.id).order_by("id"))
