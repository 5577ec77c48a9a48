from rest_framework import pagination, serializers, viewsets

from tests.benchmarks.contenders.stock.radar.models import Competitor


class CompetitorSerializer(serializers.ModelSerializer[Competitor]):
    class Meta:
        model = Competitor
        fields = ["id", "name", "website", "notes", "created_at"]


class ByName(pagination.CursorPagination):
    ordering = ("name", "id")


class CompetitorViewSet(viewsets.ModelViewSet[Competitor]):
    queryset = Competitor.objects.filter(deleted_at=None)
    serializer_class = CompetitorSerializer
    pagination_class = ByName
    filterset_fields = ["name"]
