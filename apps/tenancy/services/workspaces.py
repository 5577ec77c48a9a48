"""Creating and changing workspaces."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.core.text import clean_name
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceCreated
from apps.tenancy.interface import SlugTaken, TooManyWorkspaces
from apps.tenancy.models import POOL, Cell, Membership, Tenant
from apps.tenancy.selectors import memberships_of
from apps.tenancy.services.slugs import checked_slug, claim_slug, slugs_for

#: Within this time, a second request of a person for a workspace of the same name is the same click again.
DOUBLE_CLICK = timedelta(seconds=10)


def workspace_create(*, name: str, owner_id: UUID, slug: str = "", cell: str = "") -> Tenant:
    """Create a workspace; see `Tenancy.create_workspace`."""
    name = _checked_name(name)
    given_slug = checked_slug(slug) if slug else ""
    # A taken slug can't be seen, for row security hides other people's workspaces: so we try.
    for candidate in [given_slug] if given_slug else slugs_for(name):
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
    by_hand = scope.current().actor.kind == "person"
    with scope.use(tenant_id=tenant.id, cell=cell, **_as_person(owner_id)), transaction.atomic():
        if by_hand and (same := _made_just_now(name, owner_id)):
            return same
        tenant.cell = _cell_for_new_tenant(cell)
        claim_slug(slug, tenant_id=tenant.id)
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


def _made_just_now(name: str, owner_id: UUID) -> Tenant | None:
    """Return the workspace that the same click made already. One person's requests wait for each other here.

    :raises TooManyWorkspaces: if the person owns as many as they may
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('owner ' || %s, 0))", [str(owner_id)])
    owned = [found.tenant for found in memberships_of(owner_id).filter(role=permissions.OWNER)]
    since = clock.now() - DOUBLE_CLICK
    if same := next((tenant for tenant in owned if tenant.name == name and tenant.created_at > since), None):
        return same
    if len(owned) >= settings.WORKSPACES_PER_OWNER:
        raise TooManyWorkspaces
    return None


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
