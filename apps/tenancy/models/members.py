"""Who belongs to a workspace, what they may do there and what they ask for."""

from hashlib import sha256

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.db.models import TenantModel, current_tenant_id
from apps.core.ids import new_id
from apps.tenancy.models.workspaces import Tenant


class Membership(models.Model):
    """A person's place in a workspace."""

    isolation = Isolation.OWN_ROWS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, models.CASCADE, default=current_tenant_id, related_name="memberships", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    role = models.CharField(_("role"), max_length=32)
    created_at = models.DateTimeField(_("joined"), default=clock.now, editable=False)
    opened_at = models.DateTimeField(null=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_membership_tenant_id_id"),
            models.UniqueConstraint(fields=["tenant", "user"], name="tenancy_membership_once"),
        ]
        indexes = [models.Index(fields=["user"], name="tenancy_membership_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def version(self) -> str:
        """What tokens keep of it: another for another role or policy, and for somebody who left and came back."""
        known = f"{self.id} {self.role} {self.tenant.policy_version}"
        return sha256(known.encode()).hexdigest()[:16]


class Role(TenantModel):
    """A role that a workspace made for itself, besides the built-in ones.

    Memberships, invitations, domains and keys name it by `key`.
    """

    key = models.CharField(max_length=32, editable=False)
    name = models.CharField(_("name"), max_length=40)
    permissions = ArrayField(models.CharField(max_length=64), verbose_name=_("permissions"), default=list)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "key"], name="tenancy_role_key"),
            models.UniqueConstraint("tenant_id", Lower("name"), name="tenancy_role_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Removal(TenantModel):
    """A person who was removed from a workspace: their domain lets them in no more, only an invitation does."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "user"], name="tenancy_removal_once"),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class AccessRequest(TenantModel):
    """A member asks for a permission that their role lacks. `is_granted` is null until somebody decides."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    permission = models.CharField(max_length=64)
    message = models.CharField(_("message"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    is_granted = models.BooleanField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "user", "permission"],
                condition=models.Q(decided_at=None),
                name="tenancy_accessrequest_one_open",
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "-created_at"], name="tenancy_accessrequest_newest")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.permission}"
