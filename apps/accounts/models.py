"""People, the apps that they sign in, and the keys that programs use in their place."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantModel
from apps.core.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Makes people. E-mail addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. They belong to no tenant: memberships join them to workspaces."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("Like my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=8, default="en")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May open the back office."))
    is_support = models.BooleanField(
        _("support"),
        default=False,
        db_default=False,
        help_text=_("May work in a workspace as one of its members, if it consents."),
    )
    created_at = models.DateTimeField(_("joined"), default=clock.now, editable=False)
    token_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_lower")]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        """The person's name, or the part of their address before the @."""
        return self.name or self.email.partition("@")[0]

    @property
    def initials(self) -> str:
        words = self.display_name.replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class AuthSession(models.Model):
    """An app that a person has signed in. It holds tokens (`apps.accounts.tokens`), where a browser has a cookie.

    `workspace_id` is where its next access token leads, and `token_hash` what is kept of the one good refresh token.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    workspace_id = models.UUIDField(null=True, editable=False)
    generation = models.PositiveIntegerField(default=0, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    methods = ArrayField(models.CharField(max_length=16), editable=False)
    user_agent = models.CharField(max_length=200, blank=True, editable=False)
    address = models.CharField(max_length=45, blank=True, editable=False)
    authenticated_at = models.DateTimeField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    refreshed_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["user", "-refreshed_at"], name="accounts_authsession_newest")]

    def __str__(self) -> str:
        return str(self.id)


class DataExport(models.Model):
    """What is kept of a person, gathered for them as a ZIP file. They may fetch it once."""

    GATHERED_WITHIN = timedelta(days=1)  # or it has failed

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    ready_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    fetched_at = models.DateTimeField(null=True, editable=False)
    content = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("data export")
        verbose_name_plural = _("data exports")
        indexes = [models.Index(fields=["user", "-asked_at"], name="accounts_dataexport_newest")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_waiting(self) -> bool:
        return self.ready_at is None and clock.now() - self.asked_at < self.GATHERED_WITHIN

    @property
    def is_ready(self) -> bool:
        return self.fetched_at is None and self.expires_at is not None and self.expires_at > clock.now()


class PersonErasure(models.Model):
    """What is left of a person who was erased: no name, only their id, times and how many rows there were.

    Open while the erasing runs; `erased_at` and `digest` close it. Read by the platform alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person_id = models.UUIDField(_("person"), unique=True)
    requested_at = models.DateTimeField(_("asked for"), default=clock.now)
    erased_at = models.DateTimeField(_("erased"), null=True)
    counts = models.JSONField(_("rows"), default=dict)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("receipt of a person's erasure")
        verbose_name_plural = _("receipts of persons' erasures")

    def __str__(self) -> str:
        return str(self.person_id)


class ApiKey(TenantModel):
    """A credential of a workspace for programs. It acts with a role, or without one as the member who made it.

    Only hashes of the secret are kept (`apps.accounts.key_text`): of the present one, and of the one before until
    `previous_until`. `scopes` are the permissions that it is narrowed to, None if it is not.
    """

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    role = models.CharField(_("role"), max_length=32, blank=True)
    scopes = ArrayField(models.CharField(max_length=64), null=True)
    ranges = ArrayField(models.CharField(max_length=49), default=list)
    created_by_id = models.UUIDField(editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    reminded_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_from = models.CharField(max_length=45, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant_id", "-created_at"], name="accounts_apikey_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > clock.now()

    @property
    def is_personal(self) -> bool:
        return not self.role

    @property
    def overlaps(self) -> bool:
        """Whether the secret before the present one still opens it too."""
        return self.previous_until is not None and self.previous_until > clock.now()
