"""Creating and changing workspaces."""

import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.core.text import clean_name
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceCreated
from apps.tenancy.interface import SlugTaken
from apps.tenancy.models import POOL, Cell, Membership, Tenant

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
# Addresses that a page of ours may want, or that would mislead.
RESERVED_SLUGS = {
    "admin",
    "api",
    "app",
    "billing",
    "new",
    "settings",
    "support",
    "www",
    settings.PRODUCT_SLUG,
}


def workspace_create(*, name: str, owner_id: UUID, slug: str = "", cell: str = "") -> Tenant:
    """Create a workspace; see `Tenancy.create_workspace`."""
    name = _checked_name(name)
    given_slug = _checked_slug(slug) if slug else ""
    # A taken slug can't be seen, for row security hides other people's workspaces: so we try.
    for candidate in [given_slug] if given_slug else _slugs_for(name):
        try:
            return _create(name=name, slug=candidate, owner_id=owner_id, cell=cell or POOL)
        except SlugTaken:
            if given_slug:
                raise
    raise SlugTaken


def workspace_rename(*, tenant_id: UUID, name: str) -> Tenant:
    """Change a workspace's name.

    :raises PermissionDenied: if the actor may not
    :raises Invalid: if the name is empty or too long
    """
    permissions.require("workspace.manage")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(id=tenant_id)
        before, tenant.name = tenant.name, _checked_name(name)
        if before == tenant.name:
            return tenant
        tenant.save(update_fields=["name"])
        audit().record(
            action="workspace.renamed",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            before={"name": before},
            after={"name": tenant.name},
        )
    return tenant


def _create(*, name: str, slug: str, owner_id: UUID, cell: str) -> Tenant:
    tenant = Tenant(id=new_id(), name=name, slug=slug)
    with scope.use(tenant_id=tenant.id, cell=cell, **_as_person(owner_id)), transaction.atomic():
        tenant.cell = _cell_for_new_tenant(cell)
        try:
            with transaction.atomic():
                tenant.save(force_insert=True)
        except IntegrityError as error:
            raise SlugTaken(fields={"slug": [str(SlugTaken.message)]}) from error
        Membership.objects.create(tenant=tenant, user_id=owner_id, role=permissions.OWNER)
        audit().record(
            action="workspace.created", target_type="workspace", target_id=tenant.id, target_label=name
        )
        publish(WorkspaceCreated(workspace_id=tenant.id, owner_id=owner_id))
    return tenant


def _as_person(user_id: UUID) -> dict[str, Any]:
    """Return the scope's actor: whoever acts now, or, from a command, the owner-to-be."""
    if scope.current().actor.kind in ("person", "staff"):
        return {}
    user = get_user_model().objects.get(id=user_id)
    return {
        "user_id": user_id,
        "actor": scope.Actor(kind="person", id=user_id, label=user.display_name),
    }


def _cell_for_new_tenant(schema: str) -> Cell:
    cell = Cell.objects.filter(schema_name=schema).first()
    if cell is None:
        raise Invalid(fields={"cell": [_("There is no cell called “%(name)s”.") % {"name": schema}]})
    if cell.kind == Cell.Kind.SILO:
        with scope.as_role("platform"):
            Cell.objects.select_for_update().get(id=cell.id)  # two customers can't move in at once
            if Tenant.objects.filter(cell=cell).exists():
                raise Invalid(
                    fields={"cell": [_("The silo “%(name)s” already has its tenant.") % {"name": schema}]}
                )
    return cell


def _checked_name(name: str) -> str:
    return clean_name(name, longest=80, empty=_("Give the workspace a name."))


def _checked_slug(slug: str) -> str:
    slug = slug.strip().lower()
    if not SLUG.fullmatch(slug):
        raise Invalid(
            fields={
                "slug": [_("Use up to 40 letters a to z, digits and hyphens; begin and end without one.")]
            }
        )
    if slug in RESERVED_SLUGS:
        raise SlugTaken(fields={"slug": [_("This address is reserved. Choose a different one.")]})
    return slug


def address_for(name: str) -> str:
    """Return the slug that a name leads to, if nobody has it yet; empty for an empty name."""
    return (slugify(name)[:30].strip("-") or "workspace") if name.strip() else ""


def _slugs_for(name: str) -> list[str]:
    base = address_for(name)
    first = [] if base in RESERVED_SLUGS else [base]
    return [*first, *(f"{base}-{new_id().hex[-4:]}" for _attempt in range(5))]
