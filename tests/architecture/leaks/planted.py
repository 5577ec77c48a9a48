"""Leaks, planted to see that each is found. These addresses are in use in test_planted.py alone."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.http import require_POST, require_safe
from rest_framework import serializers, viewsets
from rest_framework.routers import SimpleRouter

from apps.core import scope
from apps.tenancy.models import Tenant
from tests.bookshop.models import Book, Shelf


@require_safe
def reads_as_platform(request: HttpRequest, workspace: str) -> HttpResponse:
    """Forgets that the platform sees all tenants' rows."""
    with scope.as_role("platform"):
        return HttpResponse(", ".join(Shelf.objects.values_list("name", flat=True)))


@require_safe
def names_a_workspace(request: HttpRequest, shelf_id: UUID) -> HttpResponse:
    """Tells a stranger whose an id is."""
    with scope.use(role="platform", cell="pool"):
        shelf = Shelf.objects.filter(id=shelf_id).first()
        if shelf is None:
            raise Http404
        tenant = Tenant.objects.get(id=shelf.tenant_id)
    response = HttpResponse("It is not yours.", status=404)
    response["X-Workspace"] = tenant.name
    return response


@require_safe
def tells_that_it_exists(request: HttpRequest, shelf_id: UUID) -> HttpResponse:
    """Shows nothing, and still answers otherwise than for what there is not."""
    with scope.use(role="platform", cell="pool"):
        exists = Shelf.objects.filter(id=shelf_id).exists()
    return HttpResponse(status=200 if exists else 404)


@require_POST
def changes_a_row(request: HttpRequest, workspace: str) -> HttpResponse:
    """Takes the id of a form's field for granted."""
    with scope.use(role="platform"), transaction.atomic():
        Book.objects.filter(id=request.POST["book"]).update(title="Stolen")
    return HttpResponse("Saved.")


@require_safe
def fails(request: HttpRequest, workspace: str, shelf_id: UUID) -> HttpResponse:
    """Answers what it does not find with an error."""
    return HttpResponse(Shelf.objects.get(id=shelf_id).name)


@require_safe
def backoffice_page(request: HttpRequest) -> HttpResponse:
    """Stands below /admin/, and not in the admin site."""
    return HttpResponse("Welcome.")


class ShelfSerializer(serializers.ModelSerializer[Shelf]):
    class Meta:
        model = Shelf
        fields = ["id", "name"]


class ForgetsScope(viewsets.ReadOnlyModelViewSet[Shelf]):
    """Opens the scope that the request asks for, whoever asks."""

    queryset = Shelf.objects.none()
    serializer_class = ShelfSerializer
    permission_classes = ()

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor, scope.use(role="platform"):
            cursor.execute("select name from pool.bookshop_shelf")
            return JsonResponse({"results": cursor.fetchall()})


router = SimpleRouter(trailing_slash=False)
router.register("planted", ForgetsScope, basename="planted")

urlpatterns = [
    path("w/<slug:workspace>/reads/", reads_as_platform),
    path("planted/<uuid:shelf_id>/names/", names_a_workspace),
    path("planted/<uuid:shelf_id>/exists/", tells_that_it_exists),
    path("w/<slug:workspace>/changes/", changes_a_row),
    path("w/<slug:workspace>/shelves/<uuid:shelf_id>/fails/", fails),
    path("admin/planted/", backoffice_page),
    path("api/v1/", include(router.urls)),
    path("", include("config.urls")),
]


class IgnoresTenant(BaseCommand):
    """Works on every workspace, whichever it was told."""

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--tenant", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.use(role="platform", cell="pool"), transaction.atomic():
            Book.objects.update(title="Cleaned")
            self.stdout.write(", ".join(Shelf.objects.values_list("name", flat=True)))


class SaysNothing(BaseCommand):
    """Does not say for whom it works."""
