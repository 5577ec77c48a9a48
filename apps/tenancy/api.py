"""People in the API: members, invitations and roles. It checks types; the services decide."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import scope
from apps.core.api.serializers import ModelSerializer
from apps.core.step_up import ASKED, step_up
from apps.tenancy import selectors
from apps.tenancy.models import Invitation, Membership, Role
from apps.tenancy.services.invitations import invitation_create, invitation_resend, invitation_revoke
from apps.tenancy.services.members import ask_before_inviting, member_change_role, member_remove
from apps.tenancy.services.roles import role_change, role_create, role_delete
from apps.tenancy.services.standing import member_reinstate, member_suspend

METHODS = ["get", "post", "patch", "delete", "head", "options"]
ROLE_HELP = "A built-in role (owner, admin, member, viewer), or the key of one of the workspace's own."
give_role = step_up(member_change_role)


class MemberSerializer(ModelSerializer[Membership]):
    person = serializers.UUIDField(source="user_id", read_only=True, help_text="The person's id.")
    name = serializers.CharField(source="user.display_name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    role = serializers.CharField(max_length=32, help_text=ROLE_HELP)
    is_suspended = serializers.BooleanField(
        required=False, help_text="True shuts them out, and their keys, until it is lifted."
    )
    joined_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "person", "name", "email", "role", "is_suspended", "joined_at"]


class InvitationSerializer(ModelSerializer[Invitation]):
    email = serializers.EmailField(max_length=254)
    role = serializers.CharField(max_length=32, help_text=ROLE_HELP)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    is_open = serializers.BooleanField(read_only=True, help_text="False once it has run out.")

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "created_at", "expires_at", "is_open"]


class RoleSerializer(ModelSerializer[Role]):
    key = serializers.CharField(read_only=True, help_text="What members and invitations name as their role.")
    name = serializers.CharField(max_length=40)
    permissions = serializers.ListField(
        child=serializers.CharField(max_length=64), help_text="Such as `radar.write`."
    )
    created_at = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Role
        fields = ["id", "key", "name", "permissions", "created_at"]


@extend_schema_view(
    list=extend_schema(summary="List members"),
    retrieve=extend_schema(summary="Get a member"),
    partial_update=extend_schema(
        summary="Change a member's role, or suspend them", description=f"For a role: {ASKED}"
    ),
    destroy=extend_schema(summary="Remove a member", description="What they made stays."),
)
@extend_schema(tags=["Members"])
class MemberViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Membership],
):
    """The people of the workspace."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    filter_backends: Any = []
    http_method_names = METHODS
    read_permission = "members.read"
    write_permission = "members.manage"

    def get_queryset(self) -> Any:
        found = Membership.objects.filter(tenant_id=scope.tenant_id()).select_related("user")
        return found.order_by("-created_at", "-id")

    def perform_update(self, serializer: Any) -> None:
        given, membership_id = serializer.validated_data, serializer.instance.id
        with transaction.atomic():
            if "role" in given:
                serializer.instance = give_role(membership_id=membership_id, role=given["role"])
            if "is_suspended" in given:
                act = member_suspend if given["is_suspended"] else member_reinstate
                serializer.instance = act(membership_id=membership_id)

    def perform_destroy(self, instance: Membership) -> None:
        member_remove(membership_id=instance.id)


@extend_schema_view(
    list=extend_schema(summary="List invitations", description="Those that wait, and those that ran out."),
    create=extend_schema(
        summary="Invite somebody",
        description=f"The mail goes out at once. For a role that manages members: {ASKED}",
    ),
    retrieve=extend_schema(summary="Get an invitation"),
    destroy=extend_schema(summary="Revoke an invitation"),
)
@extend_schema(tags=["Invitations"])
class InvitationViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Invitation],
):
    """The people who were asked to join."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    filter_backends: Any = []
    http_method_names = METHODS
    read_permission = "members.invite"
    write_permission = "members.invite"

    def get_queryset(self) -> Any:
        return selectors.waiting_invitations(scope.tenant_id())

    def perform_create(self, serializer: Any) -> None:
        ask_before_inviting(serializer.validated_data["role"])
        serializer.instance = invitation_create(**serializer.validated_data)

    def perform_destroy(self, instance: Invitation) -> None:
        invitation_revoke(invitation_id=instance.id)

    @extend_schema(
        summary="Send an invitation again",
        description="With a new link and a new term, as a new invitation. The old link stops working.",
        request=None,
        responses={201: InvitationSerializer},
    )
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        again = invitation_resend(invitation_id=self.get_object().id)
        return Response(self.get_serializer(again).data, status=201)


@extend_schema_view(
    list=extend_schema(summary="List roles", description="The workspace's own; the built-in ones are fixed."),
    create=extend_schema(summary="Create a role", description=ASKED),
    retrieve=extend_schema(summary="Get a role"),
    partial_update=extend_schema(summary="Change a role", description=ASKED),
    destroy=extend_schema(summary="Delete a role", description=f"Refused while somebody has it. {ASKED}"),
)
@extend_schema(tags=["Roles"])
class RoleViewSet(viewsets.ModelViewSet[Role]):
    """The roles that the workspace made for itself."""

    queryset = Role.objects.none()
    serializer_class = RoleSerializer
    filter_backends: Any = []
    http_method_names = METHODS
    read_permission = "members.read"
    write_permission = "roles.manage"

    def get_queryset(self) -> Any:
        return Role.objects.filter(tenant_id=scope.tenant_id()).order_by("-created_at", "-id")

    @step_up
    def perform_create(self, serializer: Any) -> None:
        serializer.instance = role_create(**_named(serializer.validated_data))

    @step_up
    def perform_update(self, serializer: Any) -> None:
        changes = _named(serializer.validated_data)
        serializer.instance = role_change(role_id=serializer.instance.id, **changes)

    @step_up
    def perform_destroy(self, instance: Role) -> None:
        role_delete(role_id=instance.id)


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the services take: their word for the list is another, for `permissions` is a module."""
    data = dict(data)
    names = {"permission_names": data.pop("permissions")} if "permissions" in data else {}
    return data | names
