"""The API's own pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_GET
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request

from apps.core.errors import NotFound


@require_GET
@ensure_csrf_cookie
def explorer(request: HttpRequest) -> HttpResponse:
    """Show the API's description, and let people try it."""
    return render(request, "core/explorer.html")


class Schema(SpectacularJSONAPIView):
    """The description of the API. There is one version of it, so the request chooses none."""

    def _get_version_parameter(self, request: Request) -> None:
        return None


class PermanentRedirect(HttpResponseRedirect):
    """A redirect (308) that keeps the method and the body."""

    status_code = 308


@csrf_exempt  # It changes nothing: a program hears 404, or where to go, whatever it posts.
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer an address that the API does not have. One with a slash too many leads to the one without."""
    bare = request.path.rstrip("/")
    if bare != request.path and _is_known(bare):
        query = request.META.get("QUERY_STRING", "")
        return PermanentRedirect(bare + (f"?{query}" if query else ""))
    raise NotFound("There is nothing at this address.")


def _is_known(path: str) -> bool:
    try:
        return resolve(path).func is not unknown
    except Resolver404:
        return False
