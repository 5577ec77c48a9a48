"""The radar's part of the API. It checks types; the services decide."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFound
from apps.radar import selectors
from apps.radar.filters import CompetitorFilter, SignalFilter
from apps.radar.models import Competitor, Signal
from apps.radar.services.competitors import (
    competitor_add,
    competitor_change,
    competitor_delete,
    competitor_restore,
)
from apps.radar.services.signals import signal_add, signal_change, signal_delete, signal_restore

METHODS = ["get", "post", "patch", "delete", "head", "options"]


class CompetitorSerializer(serializers.ModelSerializer[Competitor]):
    class Meta:
        model = Competitor
        fields = ["id", "name", "website", "notes", "created_at"]


class SignalSerializer(serializers.ModelSerializer[Signal]):
    competitor = serializers.UUIDField(source="competitor_id", help_text="The competitor's id.")
    importance = serializers.ChoiceField(choices=Signal.Importance.choices, required=False)
    seen_at = serializers.DateTimeField(required=False, help_text="Now when left out.")

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
    list=extend_schema(summary="List signals"),
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
