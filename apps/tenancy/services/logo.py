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
        return _change(key, "workspace.logo_set")
    except Exception:
        storage.delete(key)
        raise


def logo_remove() -> Tenant:
    """Go back to the initial of the name.

    :raises PermissionDenied: if the actor may not
    """
    permissions.require("workspace.manage")
    return _change("", "workspace.logo_removed")


def _change(key: str, action: str) -> Tenant:
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(of=("self",)).get(id=scope.tenant_id())
        before, tenant.logo_key = tenant.logo_key, key
        if before == key:
            return tenant
        tenant.save(update_fields=["logo_key"])
        audit().record(action=action, target_type="workspace", target_id=tenant.id, target_label=tenant.name)
        publish(WorkspaceLogoChanged(workspace_id=tenant.id))
    if before:
        storage.delete(before)
    return tenant
