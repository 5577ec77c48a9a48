"""Reading workspaces and members."""

from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, QuerySet, When

from apps.core import clock, permissions, placement, scope
from apps.core.db.prepared import Prepared
from apps.core.permissions import OWNER, ROLES, Grantor
from apps.tenancy.interface import MemberNotFound, RoleBeyondYours, RoleNotFound
from apps.tenancy.models import (
    Cell,
    DomainClaim,
    FormerSlug,
    HostName,
    Invitation,
    Membership,
    Role,
    SupportSession,
    Tenant,
)


def cell_of(tenant_id: UUID) -> str:
    """Return the schema that holds a tenant's product data.

    :raises UnknownTenant: if there is no such tenant
    """
    with scope.use(tenant_id=tenant_id):
        name = Cell.objects.filter(tenants=tenant_id).values_list("schema_name", flat=True).first()
    if name is None:
        raise placement.UnknownTenant(tenant_id)
    return name


def memberships_of(user_id: UUID, *, suspended_too: bool = False) -> QuerySet[Membership]:
    """Return a person's memberships with their workspace and its cell, by the workspace's name.

    :param suspended_too: with those that are suspended
    """
    wanted = {} if suspended_too else {"suspended_at": None}
    return (
        Membership.objects.filter(user_id=user_id, **wanted)
        .select_related("tenant__cell")
        .order_by("tenant__name", "tenant_id")
    )


#: The membership of an active person in a workspace, by user id and tenant id: what decides whether they may enter.
active_membership = Prepared(
    lambda user_id, tenant_id: (
        memberships_of(user_id)
        .filter(tenant_id=tenant_id, user__is_active=True)
        .select_related("tenant__cell", "user")
        .only(
            "role",
            "user__name",
            "user__email",
            "tenant__slug",
            "tenant__name",
            "tenant__suspended_at",
            "tenant__suspension_reason",
            "tenant__erase_due_at",
            "tenant__erasing_at",
            "tenant__requires_second_step",
            "tenant__session_hours",
            "tenant__idle_minutes",
            "tenant__allowed_ranges",
            "tenant__exempt_owner_id",
            "tenant__policy_version",
            "tenant__cell__schema_name",
        )
    ),
    UUID,
    UUID,
)


def owned_alone(user_id: UUID) -> list[Tenant]:
    """Return the workspaces whose only owner a person is, by name, but for deleted ones.

    An owner whose account is shut is none: it may be about to be erased.
    """
    active = Membership.objects.filter(suspended_at=None, user__is_active=True)
    owners = active.filter(tenant_id=OuterRef("tenant_id"), role=OWNER)
    own = Membership.objects.filter(user_id=user_id, role=OWNER, tenant__deletion_requested_at=None)
    with scope.as_role("platform"):  # who else owns them is not theirs to read elsewhere
        alone = own.exclude(Exists(owners.exclude(user_id=user_id))).select_related("tenant__cell")
        return [membership.tenant for membership in alone.order_by("tenant__name")]


def permissions_of(membership: Membership) -> frozenset[str]:
    """Return what a member may do now. Only a role of the workspace's own costs a query.

    The membership comes from `memberships_of`.
    """
    if membership.role in ROLES:
        return permissions.permissions_of(membership.role)
    with scope.use(tenant_id=membership.tenant_id, cell=membership.tenant.cell.schema_name):
        own_role = Role.objects.filter(tenant_id=membership.tenant.id, key=membership.role)
        return effective(own_role.values_list("permissions", flat=True).first() or [])


def permissions_held_by(user_id: UUID) -> frozenset[str]:
    """Return what a person may do in the workspace in scope now; nothing if they may not come in."""
    found = next(iter(active_membership.rows(user_id, scope.tenant_id())), None)
    return permissions_of(found) if found else frozenset()


def effective(names: list[str]) -> frozenset[str]:
    """Return which of a role's permissions hold: those that a module still declares, and not for owners alone."""
    return permissions.delegable().intersection(names)


def roles() -> list[permissions.Role]:
    """Return the own roles of the workspace in scope, by name."""
    found = Role.objects.filter(tenant_id=scope.tenant_id()).order_by("name")
    return [
        permissions.Role(
            key=role.key, name=role.name, permissions=effective(role.permissions), is_custom=True
        )
        for role in found
    ]


def members_by_role() -> dict[str, int]:
    """Return how many members of the workspace in scope have each role."""
    found = Membership.objects.filter(tenant_id=scope.tenant_id()).order_by()
    return dict(found.values_list("role").annotate(Count("id")))


def role_to_change(role_id: UUID) -> Role:
    """Return a role of the workspace in scope that the actor may change.

    :raises RoleNotFound: if there is none
    :raises RoleBeyondYours: if it can do more than the actor
    """
    role = Role.objects.filter(tenant_id=scope.tenant_id(), id=role_id).first()
    if role is None:
        raise RoleNotFound
    if not effective(role.permissions) <= scope.current().permissions:
        raise RoleBeyondYours
    return role


def by_last_opened(
    user_id: UUID, *, tenant_id: UUID | None = None, slug: str | None = None
) -> QuerySet[Membership]:
    """Return a person's memberships, that of the workspace they opened last first, then the one they joined last.

    One that is suspended or deleted comes after all others. With a `tenant_id` or `slug`, no other workspace is meant.
    """
    found = memberships_of(user_id)
    if tenant_id:
        found = found.filter(tenant_id=tenant_id)
    if slug is not None:
        found = found.filter(tenant__slug=slug)
    is_open = [F(f"tenant__{name}").asc(nulls_first=True) for name in ("suspended_at", "erase_due_at")]
    newest = F("opened_at").desc(nulls_last=True)
    return found.order_by(*is_open, newest, "-created_at")


def members(tenant_id: UUID) -> QuerySet[Membership]:
    """Return a workspace's members with the person, most powerful role first, then by name."""
    rank = Case(
        *(When(role=role, then=position) for position, role in enumerate(ROLES)),
        default=len(ROLES),
        output_field=IntegerField(),
    )
    return (
        Membership.objects.filter(tenant_id=tenant_id)
        .select_related("user")
        .annotate(rank=rank, person_name=F("user__name"), person_email=F("user__email"))
        .order_by("rank", "person_name", "person_email", "id")
    )


def member(membership_id: UUID) -> Membership:
    """Return a member of the workspace in scope, with the person.

    :raises MemberNotFound: if there is no such member here
    """
    found = members(scope.tenant_id()).filter(id=membership_id).first()
    if found is None:
        raise MemberNotFound
    return found


def grantors() -> list[Grantor]:
    """Return the members of the workspace in scope who may change roles, most powerful first."""
    able = members(scope.tenant_id()).filter(
        role__in=permissions.roles_with("members.manage"), suspended_at=None
    )
    return [
        Grantor(name=found.user.display_name, email=found.user.email, initials=found.user.initials)
        for found in able[:5]
    ]


def former_slugs(tenant_id: UUID) -> QuerySet[FormerSlug]:
    """Return the addresses that still lead to a workspace, the newest first."""
    return FormerSlug.objects.filter(tenant_id=tenant_id, held_until__gt=clock.now()).order_by("-held_until")


def host_names(tenant_id: UUID) -> QuerySet[HostName]:
    """Return a workspace's host names, proven or not, the oldest first."""
    return HostName.objects.filter(tenant_id=tenant_id).order_by("id")


def owner_names(tenant_id: UUID) -> tuple[str, ...]:
    """Return the names of a workspace's owners, whatever workspace is in scope."""
    with scope.use(tenant_id=tenant_id):
        return tuple(
            found.user.display_name for found in members(tenant_id).filter(role=OWNER, suspended_at=None)
        )


def member_ids() -> set[UUID]:
    """Return the people who belong to the workspace in scope and are not suspended."""
    active = Membership.objects.filter(tenant_id=scope.tenant_id(), suspended_at=None)
    return set(active.values_list("user_id", flat=True))


def waiting_invitations(tenant_id: UUID) -> QuerySet[Invitation]:
    """Return the invitations that wait for an answer or have run out without one, newest first."""
    return (
        Invitation.objects.filter(tenant_id=tenant_id, accepted_at=None, revoked_at=None)
        .select_related("invited_by")
        .order_by("-created_at", "-id")
    )


def support_sessions() -> QuerySet[SupportSession]:
    """Return when support was in the workspace in scope, newest first, with the member of staff and as whom."""
    return (
        SupportSession.objects.filter(tenant_id=scope.tenant_id())
        .select_related("staff", "user")
        .order_by("-id")
    )


def seats_used(tenant_id: UUID) -> int:
    """Count the seats: one for each member who may come in, and one kept for each invitation that waits.

    What is charged are those of members: `apps.billing.selectors.seats`.
    """
    members = Membership.objects.filter(tenant_id=tenant_id, suspended_at=None).values("id")
    invitations = Invitation.objects.filter(
        tenant_id=tenant_id, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
    ).values("id")
    return members.union(invitations, all=True).count()


def domains() -> QuerySet[DomainClaim]:
    """Return the domains that the workspace in scope has, or waits for, by name."""
    return DomainClaim.objects.filter(tenant_id=scope.tenant_id(), withdrawn_at=None).order_by("domain")


def invitations_to(email: str) -> QuerySet[Invitation]:
    """Return the open invitations to an address, newest first; in the scope of the person who has it."""
    return (
        Invitation.objects.filter(
            email=email.lower(), accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
        )
        .select_related("tenant", "invited_by")
        .order_by("-created_at", "-id")
    )
