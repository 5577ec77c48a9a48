"""The inbox's part of the API: a person's own notifications."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import notices, scope
from apps.core.api.serializers import ModelSerializer
from apps.core.errors import NotFound
from apps.notifications import selectors
from apps.notifications.filters import NotificationFilter
from apps.notifications.interface import PersonRequired
from apps.notifications.models import Notification
from apps.notifications.services.inbox import notification_read, notifications_read_all


class NotificationSerializer(ModelSerializer[Notification]):
    title = serializers.SerializerMethodField(
        help_text="What happened, in the language of `Accept-Language`."
    )
    body = serializers.SerializerMethodField(help_text="More of it; often empty.")

    class Meta:
        model = Notification
        fields = ["id", "kind", "title", "body", "target_id", "is_unread", "created_at"]
        read_only_fields = fields

    def get_title(self, found: Notification) -> str:
        kind = notices.find(found.kind)
        return kind.title_with(found.values) if kind else ""

    def get_body(self, found: Notification) -> str:
        kind = notices.find(found.kind)
        return kind.body_with(found.values) if kind else ""


Count = inline_serializer("NotificationsRead", fields={"count": serializers.IntegerField()})


@extend_schema_view(
    list=extend_schema(
        summary="List notifications", description="Your own: unread first, then newest first."
    ),
    retrieve=extend_schema(summary="Get a notification"),
)
@extend_schema(tags=["Notifications"])
class NotificationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Notification]
):
    """What a person was told of in the workspace. API keys have no inbox."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    read_permission = write_permission = ""  # an inbox is one's own

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if scope.current().user_id is None:
            raise PersonRequired

    def get_queryset(self) -> Any:
        return selectors.inbox()

    @extend_schema(summary="Mark a notification as read", request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(notification_read(notification_id=_uuid(pk))).data)

    @extend_schema(
        summary="Mark all notifications as read",
        description="Answers how many were unread.",
        request=None,
        responses=Count,
    )
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        return Response({"count": notifications_read_all()})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
