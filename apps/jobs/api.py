"""The jobs' part of the API: what one started, or with the permission everybody did."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.serializers import ModelSerializer
from apps.jobs import selectors
from apps.jobs.models import Job
from apps.jobs.services import job_cancel


class JobSerializer(ModelSerializer[Job]):
    log = serializers.SerializerMethodField(help_text="The last lines, oldest first.")
    starter = serializers.CharField(source="starter_name", help_text="Who started it.")

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "title",
            "starter",
            "state",
            "attempts",
            "done",
            "total",
            "error",
            "log",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_log(self, job: Job) -> list[str]:
        return [line["text"] for line in job.log]


@extend_schema_view(
    list=extend_schema(summary="List jobs"),
    retrieve=extend_schema(summary="Get a job"),
)
@extend_schema(tags=["Jobs"])
class JobViewSet(viewsets.ReadOnlyModelViewSet[Job]):
    """Work that was started and runs in the background: imports and exports."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filter_backends: Any = []
    read_permission = write_permission = ""  # selectors show to each what they may see
    narrowed_read_permission = "jobs.read"

    def get_queryset(self) -> Any:
        return selectors.jobs()

    @extend_schema(
        summary="Cancel a job",
        description="One that waits ends at once; one that runs stops soon, and what it did is taken back.",
        request=None,
        responses=JobSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return Response(JobSerializer(job_cancel(job_id=self.get_object().id)).data)
