"""The back office works across tenants."""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase

from apps.core import scope

PATH = "/admin/"


class BackofficeMiddleware:
    """Gives staff the platform role under /admin/, and nobody anywhere else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PATH) or not _is_staff(request):
            return self.get_response(request)
        staff = replace(scope.current().actor, kind="staff")
        with scope.use(role="platform", actor=staff):
            return self.get_response(request)


def _is_staff(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.is_active and request.user.is_staff)
