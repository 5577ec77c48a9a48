"""Changing the address of a workspace."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Conflict
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceAddressChanged
from apps.tenancy.interface import SlugTaken
from apps.tenancy.models import FormerSlug, Tenant
from apps.tenancy.selectors import former_slugs
from apps.tenancy.services.slugs import checked_slug, claim_slug

#: How many former addresses one workspace may hold at a time.
MOST_HELD = 5


def workspace_change_slug(*, slug: str) -> Tenant:
    """Give the workspace in scope another address. The old one leads to it for FORMER_ADDRESS_DAYS.

    :raises PermissionDenied: if the actor may not
    :raises Invalid: if it is no address
    :raises SlugTaken: if another workspace has it, or had it until lately
    :raises Conflict: if the address was changed too often
    """
    permissions.require("workspace.manage")
    slug = checked_slug(slug)
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(id=scope.tenant_id())
        before = tenant.slug
        if before == slug:
            return tenant
        _refuse_too_many(tenant)
        claim_slug(slug, tenant_id=tenant.id, instead_of=before)
        _move(tenant, slug)
        _hold(tenant, before)
        audit().record(
            action="workspace.moved",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            before={"slug": before},
            after={"slug": slug},
        )
        publish(WorkspaceAddressChanged(workspace_id=tenant.id, before=before, after=slug))
    return tenant


def _refuse_too_many(tenant: Tenant) -> None:
    if former_slugs(tenant.id).count() >= MOST_HELD:
        raise Conflict(
            _("The address was changed %(count)s times lately. Wait until an old one is free again.")
            % {"count": MOST_HELD}
        )


def _move(tenant: Tenant, slug: str) -> None:
    tenant.slug = slug
    try:
        with transaction.atomic():
            tenant.save(update_fields=["slug"])
    except IntegrityError as error:
        raise SlugTaken(fields={"slug": [str(SlugTaken.message)]}) from error
    FormerSlug.objects.filter(tenant_id=tenant.id, slug=slug).delete()


def _hold(tenant: Tenant, slug: str) -> None:
    until = clock.now() + timedelta(days=settings.FORMER_ADDRESS_DAYS)
    FormerSlug.objects.update_or_create(tenant_id=tenant.id, slug=slug, defaults={"held_until": until})
