"""Whether a workspace is open: suspending it, closing it to be erased later, and thinking again."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid, PermissionDenied
from apps.events.interface import publish
from apps.tenancy.events import WorkspaceClosed, WorkspaceKept, WorkspaceResumed, WorkspaceSuspended
from apps.tenancy.interface import BeingErased, WorkspaceNotFound
from apps.tenancy.models import Tenant


def workspace_close(*, confirm: str) -> Tenant:
    """Close the workspace in scope to all but its owners; it is erased after WORKSPACE_GRACE_DAYS.

    :param confirm: the workspace's address, typed by the person
    :raises PermissionDenied: if the actor is no owner
    :raises Invalid: if `confirm` is something else
    """
    permissions.require("workspace.delete")
    with transaction.atomic():
        tenant = _locked(scope.tenant_id())
        if confirm.strip() != tenant.slug:
            raise Invalid(fields={"confirm": [_("Type “%(name)s” exactly.") % {"name": tenant.slug}]})
        if tenant.erase_due_at:
            return tenant
        now = clock.now()
        tenant.deletion_requested_at, tenant.deletion_requested_by_id = now, scope.current().user_id
        tenant.erase_due_at = now + timedelta(days=settings.WORKSPACE_GRACE_DAYS)
        tenant.save(update_fields=["deletion_requested_at", "deletion_requested_by_id", "erase_due_at"])
        _record("workspace.closed", tenant, after={"erased_on": tenant.erase_due_at.date().isoformat()})
        publish(WorkspaceClosed(workspace_id=tenant.id, erase_due_at=tenant.erase_due_at))
    return tenant


def workspace_keep() -> Tenant:
    """Open the workspace in scope again, as if nobody had asked to delete it.

    :raises PermissionDenied: if the actor is no owner
    :raises BeingErased: if it is too late
    """
    permissions.require("workspace.delete")
    with transaction.atomic():
        tenant = _locked(scope.tenant_id())
        if tenant.erasing_at:
            raise BeingErased
        if not tenant.erase_due_at:
            return tenant
        tenant.deletion_requested_at = tenant.deletion_requested_by_id = tenant.erase_due_at = None
        tenant.save(update_fields=["deletion_requested_at", "deletion_requested_by_id", "erase_due_at"])
        _record("workspace.kept", tenant)
        publish(WorkspaceKept(workspace_id=tenant.id))
    return tenant


def workspace_suspend(*, tenant_id: UUID, reason: str) -> Tenant:
    """Shut a workspace for all its people and keys, owners included, from their next request on.

    :param reason: what its members are told
    :raises PermissionDenied: if neither staff nor a command asks
    :raises Invalid: if there is no reason, or it is longer than 300 characters
    :raises WorkspaceNotFound: if there is none
    """
    _require_staff()
    reason = " ".join(reason.split())
    if not reason or len(reason) > 300:
        raise Invalid(
            fields={"reason": [_("Give a reason of up to 300 characters. Its members will read it.")]}
        )
    with scope.use(tenant_id=tenant_id), transaction.atomic():
        tenant = _locked(tenant_id)
        before = tenant.suspension_reason
        tenant.suspended_at, tenant.suspension_reason = tenant.suspended_at or clock.now(), reason
        tenant.save(update_fields=["suspended_at", "suspension_reason"])
        if before != reason:
            _record("workspace.suspended", tenant, after={"reason": reason})
            publish(WorkspaceSuspended(workspace_id=tenant.id))
    return tenant


def workspace_resume(*, tenant_id: UUID) -> Tenant:
    """Lift a suspension.

    :raises PermissionDenied: if neither staff nor a command asks
    :raises WorkspaceNotFound: if there is none
    """
    _require_staff()
    with scope.use(tenant_id=tenant_id), transaction.atomic():
        tenant = _locked(tenant_id)
        if not tenant.suspended_at:
            return tenant
        tenant.suspended_at, tenant.suspension_reason = None, ""
        tenant.save(update_fields=["suspended_at", "suspension_reason"])
        _record("workspace.resumed", tenant)
        publish(WorkspaceResumed(workspace_id=tenant.id))
    return tenant


def _require_staff() -> None:
    if scope.current().role != "platform":
        raise PermissionDenied


def _locked(tenant_id: UUID) -> Tenant:
    tenant = Tenant.objects.select_for_update().filter(id=tenant_id).first()
    if tenant is None:
        raise WorkspaceNotFound
    return tenant


def _record(action: str, tenant: Tenant, *, after: dict[str, str] | None = None) -> None:
    audit().record(
        action=action, target_type="workspace", target_id=tenant.id, target_label=tenant.name, after=after
    )
