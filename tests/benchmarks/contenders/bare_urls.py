from django.urls import path

from apps.radar.api import CompetitorViewSet


class Bare(CompetitorViewSet):
    """The view, and nothing that guards it."""

    authentication_classes = []
    permission_classes = []


urlpatterns = [
    path("api/v1/competitors", Bare.as_view({"get": "list"}, detail=False)),
    path("api/v1/competitors/<uuid:pk>", Bare.as_view({"get": "retrieve"}, detail=True)),
]
