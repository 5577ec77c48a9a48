"""Our part of the OpenAPI schema: what every operation needs, and that it may answer with a problem document."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from apps.core.api.permissions import needed_if_narrowed

Problem = inline_serializer(
    "Problem",
    fields={
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "code": serializers.CharField(help_text="Stable; switch on this."),
        "request_id": serializers.CharField(),
        "errors": serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False
        ),
    },
)
ANSWERS = {
    "400": "Something in the request is not valid; `errors` says what. Or a session names no workspace.",
    "401": "No valid key, token or session.",
    "403": "The role does not include this, or the API key's scopes do not.",
}
ANSWERS_TO_BODIES = {
    "409": "It clashes with what is there, such as a name that is taken.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
}


def _needs(permission: str, view: Any, *, is_read: bool) -> str:
    if permission:
        return f"Needs the permission `{permission}`."
    narrowed = needed_if_narrowed(view, is_read=is_read)
    return f"An API key with scopes {f'needs `{narrowed}`' if narrowed else 'is refused'}."


class ProblemAutoSchema(AutoSchema):
    """Adds the permission to each operation's description, and problem documents to its answers."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:  # None for what is left out
            is_read = self.method in SAFE_METHODS
            needed = getattr(self.view, "read_permission" if is_read else "write_permission")
            said = [operation.get("description", ""), _needs(needed, self.view, is_read=is_read)]
            operation["description"] = "\n\n".join(filter(None, said))
        return operation

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        answers = dict(ANSWERS)
        if "{" in self.path:
            answers["404"] = "Not in this workspace."
        if self.method in ("POST", "PUT", "PATCH"):
            answers |= ANSWERS_TO_BODIES
        bodies = super()._get_response_bodies(direction)
        for status, description in sorted(answers.items()):
            body = self._get_response_for_code(Problem, status, ["application/problem+json"])
            bodies[status] = {**body, "description": description}
        return bodies
