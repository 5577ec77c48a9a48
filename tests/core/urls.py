"""Addresses that misbehave in every way that the edge must answer for."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from redis.exceptions import ConnectionError as ValkeyConnectionError

from apps.core import scope
from apps.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as real
from tests.bookshop.models import Shelf

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

ERRORS = {
    "invalid": Invalid(fields={"name": ["Give it a name."]}),
    "bad": BadRequest("Not like this."),
    "denied": PermissionDenied(permission="members.invite"),
    "missing": NotFound(),
    "conflict": Conflict(),
    "database": OperationalError("connection refused"),
    "valkey": ValkeyConnectionError("connection refused"),
    "defect": RuntimeError("a defect"),
}


def failing(name: str) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        raise ERRORS[name]

    return view


def stream(request: HttpRequest, workspace: str) -> StreamingHttpResponse:
    def names() -> Iterator[str]:
        yield from Shelf.objects.values_list("name", flat=True)

    return StreamingHttpResponse(names())


def who(request: HttpRequest, **kwargs: Any) -> JsonResponse:
    now = scope.current()
    return JsonResponse(
        {
            "tenant": str(now.tenant_id),
            "actor": now.actor.kind,
            "role": now.role,
            "request_id": now.request_id,
            "trace": now.trace,
        }
    )


urlpatterns = [
    *(path(f"fail/{name}/", failing(name)) for name in ERRORS),
    *(path(f"api/fail/{name}/", failing(name)) for name in ERRORS),
    path("w/<slug:workspace>/stream/", stream),
    path("w/<slug:workspace>/who/", who),
    path("who/", who),
    path("api/who/", who),
    *real,
]
