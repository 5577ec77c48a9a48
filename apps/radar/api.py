"""The radar's part of the API. It checks types; the services decide."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import ModelSerializer
from apps.core.errors import NotFound
from apps.radar import selectors
from apps.radar.filters import CompetitorFilter, SignalFilter
from apps.radar.models import Attribute, Competitor, Signal
from apps.radar.selectors.attributes import attributes, shown
from apps.radar.services.competitors import (
    competitor_add,
    competitor_change,
    competitor_delete,
    competitor_restore,
)
from apps.radar.services.signals import signal_add, signal_change, signal_delete, signal_restore

METHODS = ["get", "post", "patch", "delete", "head", "options"]


class CompetitorSerializer(ModelSerializer[Competitor]):
    class Meta:
        model = Competitor
        fields = ["id", "name", "website", "notes", "created_at"]


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        "description": "Values by the short names of the workspace's attributes. Null takes one away.",
        "example": {"region": "EMEA", "deal-size": 12.5},
    }
)
class AttributesField(serializers.Field[Any, Any, Any, Any]):
    """A signal's values of the workspace's attributes."""

    def get_attribute(self, instance: Signal) -> Signal:
        return instance

    def to_representation(self, value: Signal) -> dict[str, Any]:
        if "attributes" not in self.context:
            self.context["attributes"] = list(attributes())
        return shown(value, self.context["attributes"])

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Give an object of values by attribute."))
        return data


class AttributeSerializer(ModelSerializer[Attribute]):
    choices = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Attribute
        fields = ["id", "slug", "name", "kind", "choices"]
        read_only_fields = fields


class SignalSerializer(ModelSerializer[Signal]):
    competitor = serializers.UUIDField(source="competitor_id", help_text="The competitor's id.")
    importance = serializers.ChoiceField(choices=Signal.Importance.choices, required=False)
    seen_at = serializers.DateTimeField(required=False, help_text="Now when left out.")
    attributes = AttributesField(required=False)

    class Meta:
        model = Signal
        fields = [
            "id",
            "competitor",
            "title",
            "source_url",
            "kind",
            "importance",
            "seen_at",
            "created_at",
            "attributes",
        ]


@extend_schema_view(
    list=extend_schema(summary="List competitors"),
    create=extend_schema(summary="Add a competitor"),
    retrieve=extend_schema(summary="Get a competitor"),
    partial_update=extend_schema(summary="Change a competitor"),
    destroy=extend_schema(
        summary="Delete a competitor", description="Its signals go with it. `restore` brings them back."
    ),
)
@extend_schema(tags=["Competitors"])
class CompetitorViewSet(viewsets.ModelViewSet[Competitor]):
    """The companies that the workspace keeps an eye on."""

    queryset = Competitor.objects.none()
    serializer_class = CompetitorSerializer
    filterset_class = CompetitorFilter
    http_method_names = METHODS
    read_permission = "radar.read"
    write_permission = "radar.write"

    def get_queryset(self) -> Any:
        return selectors.competitors()

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = competitor_add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        competitor_id = serializer.instance.id
        serializer.instance = competitor_change(competitor_id=competitor_id, **serializer.validated_data)

    def perform_destroy(self, instance: Competitor) -> None:
        competitor_delete(competitor_id=instance.id)

    @extend_schema(summary="Bring a deleted competitor back", request=None, responses=CompetitorSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(competitor_restore(competitor_id=_uuid(pk))).data)


@extend_schema_view(
    list=extend_schema(
        summary="List signals",
        description="Signals can also be narrowed by the workspace's attributes: `attr.region=EMEA`, and by ranges of "
        "numbers and dates: `attr.deal-size.min=10`, `attr.deal-size.max=20`. `sort=attr.region` and "
        "`sort=-attr.region` order by one, and leave out the signals that have no value of it.",
    ),
    create=extend_schema(summary="Add a signal"),
    retrieve=extend_schema(summary="Get a signal"),
    partial_update=extend_schema(summary="Change a signal"),
    destroy=extend_schema(summary="Delete a signal", description="`restore` brings it back."),
)
@extend_schema(tags=["Signals"])
class SignalViewSet(viewsets.ModelViewSet[Signal]):
    """What competitors did."""

    queryset = Signal.objects.none()
    serializer_class = SignalSerializer
    filterset_class = SignalFilter
    http_method_names = METHODS
    read_permission = "radar.read"
    write_permission = "radar.write"

    def get_queryset(self) -> Any:
        return selectors.signals()

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = signal_add(**serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        signal_id = serializer.instance.id
        serializer.instance = signal_change(signal_id=signal_id, **serializer.validated_data)

    def perform_destroy(self, instance: Signal) -> None:
        signal_delete(signal_id=instance.id)

    @extend_schema(summary="Bring a deleted signal back", request=None, responses=SignalSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(signal_restore(signal_id=_uuid(pk))).data)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


@extend_schema_view(
    list=extend_schema(summary="List attributes", description="In the order that the workspace gave them.")
)
@extend_schema(tags=["Signals"])
class AttributeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Attribute]):
    """What the workspace wants to know about signals. Changed in the web interface."""

    queryset = Attribute.objects.none()
    serializer_class = AttributeSerializer
    pagination_class = None
    filter_backends = []
    read_permission = "radar.read"
    write_permission = "radar.configure"

    def get_queryset(self) -> Any:
        return attributes()
