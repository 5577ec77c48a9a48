"""The webhooks' part of the API. It checks types; the services decide."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import ModelSerializer
from apps.core.errors import NotFound
from apps.core.step_up import ASKED, step_up
from apps.webhooks import selectors
from apps.webhooks.filters import DeliveryFilter
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.services.endpoints import (
    endpoint_add,
    endpoint_change,
    endpoint_delete,
    endpoint_disable,
    endpoint_enable,
    secret_rotate,
)
from apps.webhooks.services.messages import endpoint_test
from apps.webhooks.services.replaying import delivery_replay, failed_replay
from apps.webhooks.services.signing import secret_of

METHODS = ["get", "post", "patch", "delete", "head", "options"]


class EndpointSerializer(ModelSerializer[Endpoint]):
    events = serializers.ListField(
        child=serializers.CharField(), help_text="The events that it wants, such as `member.added`."
    )
    is_enabled = serializers.BooleanField(read_only=True)
    disabled_reason = serializers.CharField(
        read_only=True, help_text="`person`, `gone` or `failing`; empty while it is on."
    )

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "url",
            "description",
            "events",
            "is_enabled",
            "disabled_at",
            "disabled_reason",
            "failing_since",
            "created_at",
        ]


class NewEndpointSerializer(EndpointSerializer):
    """An endpoint with its secret, which only the answers that make one have."""

    secret = serializers.SerializerMethodField(help_text="Shown once.")

    class Meta(EndpointSerializer.Meta):
        fields = [*EndpointSerializer.Meta.fields, "secret"]

    def get_secret(self, endpoint: Endpoint) -> str:
        return secret_of(endpoint)


class AttemptSerializer(ModelSerializer[Attempt]):
    class Meta:
        model = Attempt
        fields = [
            "id",
            "created_at",
            "url",
            "request_headers",
            "status",
            "response_headers",
            "response_body",
            "is_truncated",
            "error",
            "milliseconds",
        ]
        read_only_fields = fields


class DeliverySerializer(ModelSerializer[Delivery]):
    endpoint = serializers.UUIDField(source="endpoint_id", read_only=True)
    message = serializers.UUIDField(source="message_id", read_only=True, help_text="The `webhook-id`.")
    event = serializers.CharField(source="message.event", read_only=True)

    class Meta:
        model = Delivery
        fields = ["id", "endpoint", "message", "event", "state", "tries", "due_at", "created_at"]
        read_only_fields = fields


class LoggedDeliverySerializer(DeliverySerializer):
    """A delivery with what was sent and what came back."""

    body = serializers.CharField(source="message.body", read_only=True)
    attempts = serializers.SerializerMethodField()

    class Meta(DeliverySerializer.Meta):
        fields = [*DeliverySerializer.Meta.fields, "body", "attempts"]
        read_only_fields = fields

    @extend_schema(responses=AttemptSerializer(many=True))
    def get_attempts(self, delivery: Delivery) -> Any:
        return AttemptSerializer(delivery.attempts.order_by("-id")[:25], many=True).data


class RangeSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False)


Count = inline_serializer("WebhookReplay", fields={"count": serializers.IntegerField()})


@extend_schema_view(
    list=extend_schema(summary="List webhook endpoints"),
    create=extend_schema(
        summary="Add a webhook endpoint", description=ASKED, responses={201: NewEndpointSerializer}
    ),
    retrieve=extend_schema(summary="Get a webhook endpoint"),
    partial_update=extend_schema(summary="Change a webhook endpoint", description=ASKED),
    destroy=extend_schema(summary="Delete a webhook endpoint"),
)
@extend_schema(tags=["Webhooks"])
class EndpointViewSet(viewsets.ModelViewSet[Endpoint]):
    """Where the workspace wants to be told what happens."""

    queryset = Endpoint.objects.none()
    serializer_class = EndpointSerializer
    http_method_names = METHODS
    read_permission = write_permission = "webhooks.manage"

    def get_queryset(self) -> Any:
        return selectors.endpoints()

    @step_up
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(NewEndpointSerializer(endpoint_add(**given.validated_data)).data, status=201)

    @step_up
    def perform_update(self, serializer: Any) -> None:
        endpoint_id = serializer.instance.id
        serializer.instance = endpoint_change(endpoint_id=endpoint_id, **serializer.validated_data)

    def perform_destroy(self, instance: Endpoint) -> None:
        endpoint_delete(endpoint_id=instance.id)

    @extend_schema(
        summary="Replace the secret",
        description=f"For 24 hours events carry the signatures of both. {ASKED}",
        request=None,
        responses=NewEndpointSerializer,
    )
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    @step_up
    def rotate_secret(self, request: Request, pk: str) -> Response:
        return Response(NewEndpointSerializer(secret_rotate(endpoint_id=_uuid(pk))).data)

    @extend_schema(summary="Turn a webhook endpoint on", request=None, responses=EndpointSerializer)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(endpoint_enable(endpoint_id=_uuid(pk))).data)

    @extend_schema(summary="Turn a webhook endpoint off", request=None, responses=EndpointSerializer)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(endpoint_disable(endpoint_id=_uuid(pk))).data)

    @extend_schema(summary="Send a test event", request=None, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        return Response(DeliverySerializer(endpoint_test(endpoint_id=_uuid(pk))).data)

    @extend_schema(summary="Replay failed deliveries", request=RangeSerializer, responses=Count)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        given = RangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response({"count": failed_replay(endpoint_id=_uuid(pk), **given.validated_data)})


@extend_schema_view(
    list=extend_schema(summary="List webhook deliveries", description="Newest first, of the last 30 days."),
    retrieve=extend_schema(summary="Get a webhook delivery", responses=LoggedDeliverySerializer),
)
@extend_schema(tags=["Webhooks"])
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Delivery]):
    """What was sent to the endpoints."""

    queryset = Delivery.objects.none()
    filterset_class = DeliveryFilter
    read_permission = write_permission = "webhooks.manage"

    def get_queryset(self) -> Any:
        return selectors.deliveries()

    def get_serializer_class(self) -> Any:
        return LoggedDeliverySerializer if self.action == "retrieve" else DeliverySerializer

    @extend_schema(summary="Replay a webhook delivery", request=None, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(delivery_replay(delivery_id=_uuid(pk))).data)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
