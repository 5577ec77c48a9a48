"""Errors that lead to where they can be mended: the page on which the plan is chosen and paid."""

from uuid import UUID

from django.urls import NoReverseMatch, reverse

from apps.core import scope
from apps.entitlements.interface import FeatureNotIncluded, LimitReached, WorkspaceIsReadOnly
from apps.tenancy.interface import tenancy

PLANS_PAGE = "billing:overview"


def not_included(tenant_id: UUID, reason: str) -> FeatureNotIncluded:
    return FeatureNotIncluded(reason, remedy_url=_plans_url(tenant_id))


def no_room(tenant_id: UUID, reason: str) -> LimitReached:
    return LimitReached(reason, remedy_url=_plans_url(tenant_id))


def read_only(tenant_id: UUID) -> WorkspaceIsReadOnly:
    return WorkspaceIsReadOnly(remedy_url=_plans_url(tenant_id))


def _plans_url(tenant_id: UUID) -> str:
    """Return the address of the page, for those who are in the workspace; empty if there is none."""
    if not scope.current().membership_role:
        return ""
    try:
        path = reverse(PLANS_PAGE, args=[tenancy().get_workspace(tenant_id=tenant_id).slug])
    except NoReverseMatch:
        return ""
    return tenancy().get_base_url(tenant_id=tenant_id) + path
