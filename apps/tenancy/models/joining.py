"""Ways into a workspace: an invitation, or an e-mail domain."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.db.models import TenantModel, current_tenant_id
from apps.core.ids import new_id
from apps.tenancy.models.workspaces import Tenant


class Invitation(models.Model):
    """An e-mail that lets somebody join. Its token is derived (see services), so only the hash is kept.

    The person with that address may read an open one in any scope, to choose a workspace.
    """

    isolation = Isolation.OWN_ROWS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        Tenant, models.CASCADE, default=current_tenant_id, related_name="invitations", db_index=False
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=32)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_invitation_tenant_id_id"),
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="tenancy_invitation_one_open_per_address",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="tenancy_invitation_newest"),
            # For the person invited, who looks across workspaces.
            models.Index(
                fields=["email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="tenancy_invitation_to_person",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > clock.now()


class DomainClaim(TenantModel):
    """A workspace says that an e-mail domain is its own; a mail to the domain's mailbox proves it (docs/adr/0005).

    Its token is derived like an invitation's. A claim that is sent again or withdrawn stays, for the count.
    """

    domain = models.CharField(_("domain"), max_length=253)
    mailbox = models.CharField(_("mailbox"), max_length=16)
    role = models.CharField(_("role"), max_length=32)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "domain"],
                condition=models.Q(withdrawn_at=None),
                name="tenancy_domainclaim_once",
            ),
            models.UniqueConstraint(
                fields=["domain"],
                condition=models.Q(withdrawn_at=None, verified_at__isnull=False),
                name="tenancy_domainclaim_one_holder",
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "-created_at"], name="tenancy_domainclaim_newest")]

    def __str__(self) -> str:
        return self.domain

    @property
    def address(self) -> str:
        return f"{self.mailbox}@{self.domain}"

    @property
    def is_waiting(self) -> bool:
        return self.verified_at is None and self.expires_at > clock.now()
