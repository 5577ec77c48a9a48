"""Tenants, the cells they live in, and who belongs to them."""

from hashlib import sha256

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.db.models import TenantModel, current_tenant_id
from apps.core.ids import new_id

POOL = "pool"


class Cell(TenantMixin):
    """A PostgreSQL schema that holds product tables: the pool for many tenants, or a silo for one."""

    class Kind(models.TextChoices):
        POOL = "pool", _("Pool")
        SILO = "silo", _("Silo")

    auto_create_schema = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="pool"), name="tenancy_cell_one_pool"
            )
        ]

    def __str__(self) -> str:
        return self.schema_name


class SupportAccess(models.TextChoices):
    """What a workspace lets support do in it."""

    OFF = "off", _("No access")
    LOOK = "look", _("May look")
    CHANGE = "change", _("May look and change")


class Tenant(models.Model):
    """A customer organisation; people know it as a workspace."""

    isolation = Isolation.OWN_ROWS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=40, unique=True)
    cell = models.ForeignKey(Cell, models.PROTECT, related_name="tenants", db_index=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    logo_key = models.CharField(max_length=200, blank=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)
    suspension_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)
    deletion_requested_at = models.DateTimeField(_("deletion asked for"), null=True, editable=False)
    deletion_requested_by_id = models.UUIDField(null=True, editable=False)
    erase_due_at = models.DateTimeField(_("to be erased"), null=True, editable=False)
    erasing_at = models.DateTimeField(null=True, editable=False)
    access_requests_open = models.PositiveIntegerField(default=0, editable=False)

    # What it demands of those who come in; see `apps.tenancy.policy`.
    requires_second_step = models.BooleanField(default=False, db_default=False)
    session_hours = models.PositiveSmallIntegerField(null=True)
    idle_minutes = models.PositiveSmallIntegerField(null=True)
    allowed_ranges = ArrayField(models.CharField(max_length=49), default=list, db_default=[])
    exempt_owner_id = models.UUIDField(null=True)
    policy_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    # What it lets support do, and the last day on which it does; see `apps.tenancy.services.support`.
    support_access = models.CharField(
        _("support access"), max_length=8, choices=SupportAccess, default=SupportAccess.OFF, db_default="off"
    )
    support_until = models.DateField(_("until"), null=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        indexes = [models.Index(fields=["cell"], name="tenancy_tenant_cell")]

    def __str__(self) -> str:
        return self.name


class ErasureReceipt(models.Model):
    """What is left of an erased workspace: no name, only ids, times and how many rows and files there were.

    Open while the erasing runs; `erased_at` and `digest` close it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace_id = models.UUIDField(_("workspace"), unique=True)
    requested_by_id = models.UUIDField(_("asked for by"), null=True)
    requested_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("begun"), default=clock.now)
    erased_at = models.DateTimeField(_("erased"), null=True)
    counts = models.JSONField(_("rows and files"), default=dict)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("receipt of an erasure")
        verbose_name_plural = _("receipts of erasures")

    def __str__(self) -> str:
        return str(self.workspace_id)


class FormerSlug(TenantModel):
    """An address that a workspace had. It leads to the present one, and nobody else may take it, until `held_until`."""

    slug = models.CharField(_("address"), max_length=40)
    held_until = models.DateTimeField(_("held until"))

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="tenancy_formerslug_once"),
        ]
        indexes = [models.Index(fields=["slug"], name="tenancy_formerslug_slug")]

    def __str__(self) -> str:
        return self.slug


class HostName(TenantModel):
    """A name of a workspace's own that leads to it, once a DNS record has proven that it is theirs."""

    host = models.CharField(_("host name"), max_length=253)
    token = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "host"], name="tenancy_hostname_once"),
            models.UniqueConstraint(
                fields=["host"],
                condition=models.Q(verified_at__isnull=False),
                name="tenancy_hostname_one_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.host


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


class SupportSession(TenantModel):
    """A time in which a member of staff works in the workspace as one of its members.

    It is over at `ended_at`; until then it is looked at with each request (`apps.tenancy.services.support`).
    """

    class Ending(models.TextChoices):
        BY_STAFF = "staff", _("ended by support")
        BY_OWNER = "owner", _("ended by an owner")
        TIME_UP = "time", _("time was up")
        WITHDRAWN = "withdrawn", _("access was withdrawn")
        MEMBER_GONE = "member", _("the member left")
        STAFF_GONE = "staff_gone", _("no longer support")

    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=300)
    ticket = models.CharField(_("ticket"), max_length=60, blank=True)
    may_write = models.BooleanField(_("may change"), default=False)
    began_at = models.DateTimeField(_("began"), default=clock.now, editable=False)
    until = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    ended_by_id = models.UUIDField(null=True, editable=False)
    ending = models.CharField(_("why it ended"), max_length=12, choices=Ending, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("support session")
        verbose_name_plural = _("support sessions")

    def __str__(self) -> str:
        return self.reason


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
