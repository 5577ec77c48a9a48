"""API requests are authenticated at the edge, where the scope is made; this tells DRF the outcome."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from apps.core import scope


class ScopeAuthentication(SessionAuthentication):
    """Accepts the actor in scope: a key, a token, or a session, which then needs its CSRF token to write."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if "Authorization" in request.headers:  # which no browser sends by itself
            return request._request.user, scope.current().actor
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ScopeAuthenticationScheme(OpenApiAuthenticationExtension):
    """How the ways in are described in the schema: a key, a token, or a session that names its workspace."""

    target_class = ScopeAuthentication
    name = ["apiKey", "token", "session", "workspace"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{"apiKey": []}, {"token": []}, {"session": [], "workspace": []}]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "A workspace's API key."},
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The access token of an app that a person signed in, for one workspace.",
            },
            {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE_NAME,
                "description": "A signed-in browser. Writing also needs the header `X-CSRFToken`.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": settings.WORKSPACE_HEADER,
                "description": "The slug of the workspace that a session means.",
            },
        ]
