"""The workspace's logo."""

from django.db import transaction

from apps.audit.interface import audit
from apps.core import images, permissions, scope, storage
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceLogoChanged
from apps.tenancy.models import Tenant


def logo_set(*, content: bytes) -> Tenant:
    """Draw a picture anew as the logo of the workspace in scope.

    :raises PermissionDenied: if the actor may not
    :raises Invalid: with the field `image`, if it is no picture that we take
    """
    permissions.require("workspace.manage")
    key = storage.store("logo.webp", images.square(content))
    try:
        tenant, former = _change(key, "workspace.logo_set")
    except Exception:
        storage.delete(key)
        raise
    _forget(former)
    return tenant


def logo_remove() -> Tenant:
    """Go back to the initial of the name.

    :raises PermissionDenied: if the actor may not
    """
    permissions.require("workspace.manage")
    tenant, former = _change("", "workspace.logo_removed")
    _forget(former)
    return tenant


def _change(key: str, action: str) -> tuple[Tenant, str]:
    """Return the workspace, and the key of the logo that it no longer shows."""
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(id=scope.tenant_id())
        before, tenant.logo_key = tenant.logo_key, key
        if before == key:
            return tenant, ""
        tenant.save(update_fields=["logo_key"])
        audit().record(action=action, target_type="workspace", target_id=tenant.id, target_label=tenant.name)
        publish(WorkspaceLogoChanged(workspace_id=tenant.id))
    return tenant, before


def _forget(key: str) -> None:
    if key:
        storage.delete(key)
